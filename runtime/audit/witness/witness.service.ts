// Runs the witness: HOMEROOM_WITNESS_CONFIG=<witness.json> tsx runtime/audit/witness/witness.service.ts
// The log is one JSON object a line on stdout. SIGTERM and SIGINT answer the requests that have begun, then end it.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DirectoryObjectStore } from "../../adapters/local/directory-object-store.ts";
import { WitnessStateFile } from "../../adapters/local/witness-state-file.ts";
import { readSeedFile } from "../log/key-file.ts";
import { memorySigner } from "../log/note.ts";
import { readServiceFile } from "../service-config.ts";
import { Witness } from "./witness.ts";
import { witnessConfig } from "./witness-config.ts";
import { witnessServer } from "./witness-server.ts";

const log = (entry: object): void => {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`);
};

try {
  const config = readServiceFile(witnessConfig, "HOMEROOM_WITNESS_CONFIG", process.env);
  mkdirSync(config.folder, { recursive: true, mode: 0o700 });
  const witness = new Witness({
    log: { name: config.log.origin, publicKey: Buffer.from(config.log.publicKey, "base64") },
    signer: memorySigner(config.name, readSeedFile(config.keyFile)),
    state: new WitnessStateFile(join(config.folder, "state.json")),
    store: new DirectoryObjectStore(join(config.folder, "checkpoints")),
    clock: () => Math.floor(Date.now() / 1000),
  });
  const server = witnessServer(witness, log);
  server.listen(config.port, "127.0.0.1", () => log({ event: "service.started" }));
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => server.close());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
