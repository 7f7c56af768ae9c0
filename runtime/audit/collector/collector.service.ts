// Runs the collector: HOMEROOM_COLLECTOR_CONFIG=<collector.json> tsx runtime/audit/collector/collector.service.ts
// The log is one JSON object a line on stdout. SIGTERM and SIGINT take what lies in the spool, then end the process.
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { FileKeyWrapper } from "../vault/key-wrapper.ts";
import { Vault } from "../vault/vault.ts";
import { Backoff } from "./backoff.ts";
import { readServiceFile } from "../service-config.ts";
import { collectorConfig } from "./collector-config.ts";
import { CollectorSocket } from "./collector-socket.ts";
import { Connection } from "./connection.ts";
import { Counts } from "./counts.ts";
import { SpoolCollector } from "./spool-collector.ts";

const everyMs = 250;
const bulkMs = 30_000;
/** Less than the 250 ms that a writer waits. */
const promptMs = 150;
const staleSeconds = 120;

const log = (entry: object): void => {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`);
};

try {
  const config = readServiceFile(collectorConfig, "HOMEROOM_COLLECTOR_CONFIG", process.env);
  const wrapper = new FileKeyWrapper(config.wrappingKeyFile);
  const counts = new Counts();
  const bulk = new Connection(config.store, bulkMs);
  const prompt = new Connection(config.store, promptMs);
  const vault = new Connection(config.vault, promptMs);
  const socket = new CollectorSocket({
    folder: config.spool,
    database: prompt,
    subjects: {
      subjectOf: (person) => vault.run((client) => new Vault(client, wrapper).subjectOf(person)),
      adopt: (person, provisional) => vault.run((client) => new Vault(client, wrapper).adopt(person, provisional)),
    },
    counts,
    log,
  });
  const collector = new SpoolCollector({ folder: config.spool, database: bulk, counts, log, clock: Date.now });
  const backoff = new Backoff();
  let failing = false;
  const collect = async (): Promise<number> => {
    try {
      await collector.collect();
      if (failing) log({ event: "audit.store_back" });
      failing = false;
      backoff.succeeded();
      return everyMs;
    } catch (error) {
      counts.add("failures");
      if (!failing) log({ event: "audit.store_away", reason: error instanceof Error ? error.message : "unknown" });
      failing = true;
      return backoff.failed();
    }
  };
  const server = createServer((request, response) => {
    const stale = failing && Date.now() / 1000 - counts.lastStored > staleSeconds;
    if (request.url === "/metrics") response.end(counts.text());
    else if (request.url === "/health") response.writeHead(stale ? 503 : 200).end(failing ? "degraded\n" : "ok\n");
    else response.writeHead(404).end();
  });
  server.listen(config.port, "127.0.0.1");
  await socket.listen();
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());
  log({ event: "service.started" });
  while (!stop.signal.aborted) {
    const pause = await collect();
    await sleep(pause, undefined, { signal: stop.signal }).catch(() => undefined);
  }
  await socket.close();
  await collect();
  collector.close();
  await collect();
  server.close();
  await Promise.all([bulk, prompt, vault].map((connection) => connection.close()));
  log({ event: "service.stopped" });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
