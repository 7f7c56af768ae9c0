// Runs the token service: HOMEROOM_TOKENS_CONFIG=<tokens.json> tsx runtime/tokens/server/token.service.ts
// The file is written by local-setup.ts on a machine and by charts/superset/token-service.ts in the cluster.
// The log is one JSON object a line on stdout. SIGTERM and SIGINT answer the requests that have begun, then end the
// process.
import { DirectoryKeyStore } from "../../adapters/local/directory-key-store.ts";
import { MountedKeys } from "../../adapters/local/mounted-keys.ts";
import { RedisTrustStore } from "../../adapters/redis/redis-trust-store.ts";
import { platform } from "../../../contract/index.ts";
import type { KeyReader } from "../keys/key-store.ts";
import { type KeysConfig, readServiceConfig } from "../service-config.ts";
import { createTokenService } from "./token-service.ts";
import { TrustStoreUnreadable } from "../revocation/trust-store.ts";

const sweepEveryMs = 600_000;
const seconds = (): number => Date.now() / 1000;
const log = (entry: object): void => {
  process.stdout.write(`${JSON.stringify(entry)}\n`);
};
const reportError = (error: unknown): void =>
  log({
    event: "service.error",
    time: new Date().toISOString(),
    message: error instanceof Error ? error.message : String(error),
  });
const ignoreUnreadable = (error: unknown): void => {
  if (!(error instanceof TrustStoreUnreadable)) throw error;
};
const openKeyReader = (keys: KeysConfig): KeyReader =>
  "files" in keys ? new MountedKeys(keys.files) : new DirectoryKeyStore(keys.directory);

try {
  const config = readServiceConfig(process.env["HOMEROOM_TOKENS_CONFIG"], "HOMEROOM_TOKENS_CONFIG");
  const keys = openKeyReader(config.keys);
  await keys.read();
  const trust = new RedisTrustStore({ ...config.trustStore, report: reportError });
  const begin = () => trust.begin(seconds());
  // Without the trust store the service answers 503 and keeps trying to connect.
  await trust.open().then(begin).catch(ignoreUnreadable);
  const server = createTokenService({ config, keys, trust, clock: seconds, record: log, report: reportError });
  // A store that lost its list begins a new one at once. If a guest's request began it, the guest's token would be
  // older.
  const beginTimer = setInterval(
    () => void begin().catch(ignoreUnreadable).catch(reportError),
    platform.trustStore.refreshSeconds * 1000,
  );
  const sweepTimer = setInterval(() => {
    keys
      .read()
      .then((jwks) => trust.sweep(Math.floor(seconds()), new Set(jwks.keys.map(({ kid }) => kid))))
      .catch(reportError);
  }, sweepEveryMs);
  server.on("error", (error) => {
    reportError(error);
    process.exitCode = 1;
    server.close();
  });
  server.on("close", () => {
    clearInterval(beginTimer);
    clearInterval(sweepTimer);
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
