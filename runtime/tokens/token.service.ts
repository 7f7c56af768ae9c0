// Start: HOMEROOM_TOKENS_CONFIG=<tokens.json> tsx runtime/tokens/token.service.ts
// local-setup.ts writes that file. Log: one JSON object a line on stdout. SIGTERM and SIGINT end it.
import { DirectoryKeyStore } from "../adapters/local/directory-key-store.ts";
import { readServiceConfig } from "./service-config.ts";
import { TokenIssuer } from "./token-issuer.ts";
import { createTokenServer } from "./token-server.ts";

const log = (entry: object): void => {
  process.stdout.write(`${JSON.stringify(entry)}\n`);
};

function failed(error: unknown): void {
  log({
    event: "service.error",
    time: new Date().toISOString(),
    message: error instanceof Error ? error.message : String(error),
  });
}

try {
  const config = readServiceConfig(process.env["HOMEROOM_TOKENS_CONFIG"]);
  const keys = new DirectoryKeyStore(config.keysDirectory);
  await keys.read();
  const issuer = new TokenIssuer({ config, keys, clock: () => Date.now() / 1000, record: log });
  const server = createTokenServer({ issuer, keys, report: failed });
  server.on("error", (error) => {
    failed(error);
    process.exitCode = 1;
  });
  server.listen(config.port, config.host, () => {
    log({ event: "service.started", time: new Date().toISOString(), host: config.host, port: config.port });
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      server.close();
      server.closeIdleConnections();
    });
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
