import { type EnvironmentName, platform } from "../../contract/index.ts";
import type { ResolvedProps } from "./resolved-props.ts";
import { databaseCaFile, secretsDir, stateDir } from "./paths.ts";

/** Returns the environment of every Superset process of the instance; secrets are not in it, they are files. */
export function processEnvironment(instance: ResolvedProps): Partial<Record<EnvironmentName, string>> {
  const { roles, databases } = platform;
  return {
    HOMEROOM_ENVIRONMENT: instance.environment,
    HOMEROOM_SECRETS_DIR: secretsDir,
    HOMEROOM_METADATA_URL: databaseUrl(
      instance,
      roles.metadata,
      instance.metadataHost,
      instance.metadataPort,
      databases.metadata,
    ),
    HOMEROOM_ANALYTICS_URL: databaseUrl(
      instance,
      roles.analyticsReader,
      instance.analyticsHost,
      instance.analyticsPort,
      instance.analyticsDatabase,
    ),
    HOMEROOM_TENANT_DATABASES: JSON.stringify(tenantUrls(instance)),
    HOMEROOM_CACHE_REDIS_URL: instance.cacheRedisUrl,
    HOMEROOM_BROKER_REDIS_URL: instance.brokerRedisUrl,
    HOMEROOM_JWKS_FILE: `${secretsDir}/jwks.json`,
    HOMEROOM_POLICY_FILE: "/app/contract/compiled-policy.json",
    HOMEROOM_AUDIENCE: instance.audience,
    HOMEROOM_EMBED_ORIGINS: instance.embedHosts.map((host) => `https://${host}`).join(","),
    HOMEROOM_STUDIO_ORIGINS: `https://${instance.studioHost}`,
    HOMEROOM_FRAME_ANCESTORS: instance.frameAncestors.join(","),
    // nginx alone stands in front of the web process: the load balancer passes TCP through.
    HOMEROOM_PROXY_HOPS: "1",
    HOMEROOM_STATE_DIR: stateDir,
    HOMEROOM_STATSD_HOST: "127.0.0.1",
    HOMEROOM_SINGLE_USE_ENTRY: String(instance.singleUseEntry),
    HOMEROOM_ACTION_LOG_DAYS: String(instance.actionLogDays),
  };
}

function tenantUrls(instance: ResolvedProps): Record<string, string> {
  const reader = platform.roles.analyticsReader;
  const own = Object.entries(instance.tenantDatabases ?? {}).map(([tenant, { host, port, name }]) => [
    tenant,
    databaseUrl(instance, reader, host, port, name),
  ]);
  return Object.fromEntries([...instance.tenants.map((tenant) => [tenant, "shared"]), ...own]) as Record<
    string,
    string
  >;
}

function databaseUrl(instance: ResolvedProps, user: string, host: string, port: number, name: string): string {
  const tls =
    instance.databaseCaPem === undefined ? "sslmode=require" : `sslmode=verify-full&sslrootcert=${databaseCaFile}`;
  return `postgresql+psycopg2://${user}@${host}:${port}/${name}?${tls}`;
}
