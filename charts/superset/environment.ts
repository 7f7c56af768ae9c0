import { platform, processEnvironment as environmentOf, type ProcessEnvironment } from "../../contract/index.ts";
import type { ResolvedProps } from "./resolved-props.ts";
import { databaseCaFile, policyFile, secretsDir, stateDir } from "./paths.ts";

/** Returns the environment of every Superset process of the instance; secrets are not in it, they are files. */
export function processEnvironment(instance: ResolvedProps): ProcessEnvironment {
  const { roles, databases } = platform;
  const { metadataHost, metadataPort, analyticsHost, analyticsPort, analyticsDatabase } = instance;
  return environmentOf({
    ...instance.supersetSettings,
    environment: instance.environment,
    secretsDir,
    metadataUrl: databaseUrl(instance, roles.metadata, metadataHost, metadataPort, databases.metadata),
    analyticsUrl: databaseUrl(instance, roles.analyticsReader, analyticsHost, analyticsPort, analyticsDatabase),
    tenantDatabases: tenantUrls(instance),
    tenantTimeZones: instance.tenantTimeZones,
    cacheRedisUrl: instance.cacheRedisUrl,
    brokerRedisUrl: instance.brokerRedisUrl,
    jwksFile: `${secretsDir}/jwks.json`,
    policyFile,
    embedOrigins: instance.embedHosts.map((host) => `https://${host}`),
    studioOrigins: [`https://${instance.studioHost}`],
    frameAncestors: instance.frameAncestors,
    // nginx alone stands in front of the web process: the load balancer passes TCP through.
    proxyHops: 1,
    stateDir,
    statsdHost: "127.0.0.1",
    auditSpoolDir: undefined,
    auditLog: undefined,
  });
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
