// Start: HOMEROOM_TOKENS_CONFIG=<tokens.json> tsx runtime/tokens/server/token.service.ts
// Locally local-setup.ts writes that file, in the cluster charts/superset/token-service.ts. Log: one JSON object a line on stdout.
// SIGTERM and SIGINT answer what has begun and end it.
import { DirectoryKeyStore } from "../../adapters/local/directory-key-store.ts";
import { MountedKeys } from "../../adapters/local/mounted-keys.ts";
import { RedisTrustStore } from "../../adapters/redis/redis-trust-store.ts";
import { platform } from "../../../contract/index.ts";
import type { KeyReader } from "../keys/key-store.ts";
import { type KeysConfig, readServiceConfig } from "./service-config.ts";
import { createTokenService } from "./token-service.ts";
import { TrustStoreUnreadable } from "../revocation/trust-store.ts";

const sweepEveryMs = 600_000;
const seconds = (): number => Date.now() / 1000;
const log = (entry: object): void => {
  process.stdout.write(`${JSON.stringify(entry)}\n`);
};
const failed = (error: unknown): void =>
  log({
    event: "service.error",
    time: new Date().toISOString(),
    message: error instanceof Error ? error.message : String(error),
  });
const unlessUnreadable = (error: unknown): void => {
  if (!(error instanceof TrustStoreUnreadable)) throw error;
};
const readerOf = (keys: KeysConfig): KeyReader =>
  "files" in keys ? new MountedKeys(keys.files) : new DirectoryKeyStore(keys.directory);

try {
  const config = readServiceConfig(process.env["HOMEROOM_TOKENS_CONFIG"], "HOMEROOM_TOKENS_CONFIG");
  const keys = readerOf(config.keys);
  await keys.read();
  const trust = new RedisTrustStore({ ...config.trustStore, report: failed });
  const begin = () => trust.begin(seconds());
  // Without the store the service answers 503 and goes on trying.
  await trust.open().then(begin).catch(unlessUnreadable);
  const server = createTokenService({ config, keys, trust, clock: seconds, record: log, report: failed });
  // A store that lost its list begins anew at once, not with the first guest, whose token would be older than the list.
  const keep = setInterval(
    () => void begin().catch(unlessUnreadable).catch(failed),
    platform.trustStore.refreshSeconds * 1000,
  );
  const sweep = setInterval(() => {
    keys
      .read()
      .then((jwks) => trust.sweep(Math.floor(seconds()), new Set(jwks.keys.map(({ kid }) => kid))))
      .catch(failed);
  }, sweepEveryMs);
  server.on("error", (error) => {
    failed(error);
    process.exitCode = 1;
    server.close();
  });
  server.on("close", () => {
    clearInterval(keep);
    clearInterval(sweep);
    trust.close();
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
