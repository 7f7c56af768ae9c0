import { Option } from "commander";
import { RedisTrustStore } from "../runtime/adapters/redis/redis-trust-store.ts";
import { readServiceConfig } from "../runtime/tokens/service-config.ts";
import type { TrustStore } from "../runtime/tokens/revocation/trust-store.ts";

/**
 * Returns the option for the token service's configuration, which is /etc/homeroom/tokens.json in a pod of the service.
 */
export const configOption = (): Option =>
  new Option("--config <file>", "configuration of the token service, which names the trust store").default(
    ".homeroom/tokens/service.json",
  );

export async function withTrustStore<T>(config: string, work: (store: TrustStore) => Promise<T>): Promise<T> {
  const store = new RedisTrustStore(readServiceConfig(config, "--config").trustStore);
  try {
    await store.open();
    return await work(store);
  } finally {
    store.close();
  }
}
