import { join } from "node:path";
import { type ProcessEnvironment, platform } from "../contract/index.ts";
import { hostsOf, originsOf } from "./hosts.ts";
import type { LocalSettings } from "./settings.ts";
import type { State } from "./state.ts";

/** Returns the environment variables that Superset's pods get too. It holds no secret, because secrets are files. */
export function supersetEnvironment(state: State, settings: LocalSettings, repository: string): ProcessEnvironment {
  const hosts = hostsOf(settings);
  const { address, ports } = settings;
  const database = (role: string, name: string): string =>
    `postgresql+psycopg2://${role}@${address}:${ports.postgres}/${name}?sslmode=disable`;
  return {
    HOMEROOM_ENVIRONMENT: "local",
    HOMEROOM_SECRETS_DIR: state.secrets,
    HOMEROOM_METADATA_URL: database(platform.roles.metadata, platform.databases.metadata),
    HOMEROOM_ANALYTICS_URL: database(platform.roles.analyticsReader, platform.databases.schools),
    HOMEROOM_TENANT_DATABASES: JSON.stringify(
      Object.fromEntries(
        settings.issuers.map(({ tenant, database: own }) => [
          tenant,
          own === undefined ? "shared" : database(platform.roles.analyticsReader, own),
        ]),
      ),
    ),
    HOMEROOM_CACHE_REDIS_URL: `redis://${address}:${ports.cacheRedis}`,
    HOMEROOM_BROKER_REDIS_URL: `redis://${address}:${ports.brokerRedis}`,
    HOMEROOM_JWKS_FILE: state.jwks,
    HOMEROOM_POLICY_FILE: join(repository, "contract", "compiled-policy.json"),
    HOMEROOM_AUDIENCE: settings.audience,
    HOMEROOM_EMBED_ORIGINS: originsOf(settings, hosts.embeds).join(","),
    HOMEROOM_STUDIO_ORIGINS: originsOf(settings, [hosts.studio]).join(","),
    HOMEROOM_FRAME_ANCESTORS: originsOf(settings, [hosts.portal]).join(","),
    HOMEROOM_PROXY_HOPS: "1",
    HOMEROOM_SINGLE_USE_ENTRY: String(settings.singleUseEntry),
    HOMEROOM_ACTION_LOG_DAYS: String(settings.actionLogDays),
    HOMEROOM_STATE_DIR: state.superset,
  };
}
