import { join } from "node:path";
import { processEnvironment, type ProcessEnvironment, platform } from "../contract/index.ts";
import { hostsOf, originsOf } from "./hosts.ts";
import type { LocalSettings } from "./settings.ts";
import type { State } from "./state.ts";

/** Returns the environment variables that Superset's pods get too. It holds no secret, because secrets are files. */
export function supersetEnvironment(state: State, settings: LocalSettings, repository: string): ProcessEnvironment {
  const hosts = hostsOf(settings);
  const { address, ports } = settings;
  const database = (role: string, name: string): string =>
    `postgresql+psycopg2://${role}@${address}:${ports.postgres}/${name}?sslmode=disable`;
  return processEnvironment({
    ...settings.supersetSettings,
    environment: "local",
    secretsDir: state.secrets,
    metadataUrl: database(platform.roles.metadata, platform.databases.metadata),
    analyticsUrl: database(platform.roles.analyticsReader, platform.databases.schools),
    tenantDatabases: Object.fromEntries(
      settings.issuers.map(({ tenant, database: own }) => [
        tenant,
        own === undefined ? "shared" : database(platform.roles.analyticsReader, own),
      ]),
    ),
    tenantTimeZones: Object.fromEntries(
      settings.issuers.map(({ tenant, timeZone = "Australia/Sydney" }) => [tenant, timeZone]),
    ),
    cacheRedisUrl: `redis://${address}:${ports.cacheRedis}`,
    brokerRedisUrl: `redis://${address}:${ports.brokerRedis}`,
    jwksFile: state.jwks,
    policyFile: join(repository, "contract", "compiled-policy.json"),
    embedOrigins: originsOf(settings, hosts.embeds),
    studioOrigins: originsOf(settings, [hosts.studio]),
    frameAncestors: originsOf(settings, [hosts.portal]),
    proxyHops: 1,
    stateDir: state.superset,
    statsdHost: undefined,
    auditSpoolDir: state.auditSpool,
    auditLog: undefined,
  });
}
