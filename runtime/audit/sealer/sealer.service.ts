// Runs the sealer: HOMEROOM_SEALER_CONFIG=<sealer.json> tsx runtime/audit/sealer/sealer.service.ts
// The log is one JSON object a line on stdout. SIGTERM and SIGINT seal once more, then end the process.
import { setTimeout as sleep } from "node:timers/promises";
import { DirectoryObjectStore } from "../../adapters/local/directory-object-store.ts";
import { Connection } from "../collector/connection.ts";
import { readSeedFile } from "../log/key-file.ts";
import { memorySigner } from "../log/note.ts";
import { readServiceFile } from "../service-config.ts";
import { Sealer } from "./sealer.ts";
import { sealerConfig } from "./sealer-config.ts";
import { WitnessClient } from "./witness-client.ts";

const statementMs = 120_000;

const log = (entry: object): void => {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`);
};

try {
  const config = readServiceFile(sealerConfig, "HOMEROOM_SEALER_CONFIG", process.env);
  const store = new DirectoryObjectStore(config.log);
  const signer = memorySigner(config.origin, readSeedFile(config.keyFile));
  const connection = new Connection(config.database, statementMs);
  const witness = config.witness === undefined ? undefined : new WitnessClient(config.witness);
  const seal = () =>
    connection.run(async (client) => {
      const sealer = new Sealer({ client, store, origin: config.origin, signer, log });
      const sealed = await sealer.seal();
      if (sealed === undefined) return;
      const line = await witness
        ?.cosign(sealed.size, sealed.note, (before) => sealer.prove(before, sealed.size))
        .catch((error: unknown) => {
          log({ event: "audit.not_witnessed", reason: error instanceof Error ? error.message : "unknown" });
          return "";
        });
      await store.put("checkpoint", Buffer.from(sealed.note + (line ?? "")));
      log({ event: "audit.sealed", size: sealed.size, added: sealed.added, witnessed: Boolean(line) });
    });
  const attempt = () =>
    seal().catch((error: unknown) => {
      log({ event: "audit.not_sealed", reason: error instanceof Error ? error.message : "unknown" });
    });
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());
  log({ event: "service.started" });
  while (!stop.signal.aborted) {
    await attempt();
    await sleep(config.everySeconds * 1000, undefined, { signal: stop.signal }).catch(() => undefined);
  }
  await attempt();
  await connection.close();
  log({ event: "service.stopped" });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
