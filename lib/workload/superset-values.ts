import { platform, tokenServiceUser } from "../../contract/index.ts";
import type { SupersetChartProps } from "../../charts/superset/superset.ts";
import type { AnalyticsDatabase } from "../config/schema/analytics-database.ts";
import type { Edge } from "../config/schema/edge.ts";
import type { Image } from "../config/schema/workload.ts";
import { databaseCaPem } from "./database-ca.ts";
import type { Instance } from "./instance.ts";

export interface SupersetValuesProps extends Omit<Instance, "title" | "identity" | "reachesAnalytics" | "quota"> {
  readonly account: string;
  readonly namespace: string;
  readonly edge: Edge;
  readonly metadataHost: string;
  readonly cache: RedisAddress;
  readonly broker: RedisAddress;
  readonly dataCidrs: readonly string[];
  readonly serviceCidr: string;
  /** The dashboards that tokens may name, by slug. */
  readonly dashboards: Readonly<Record<string, { readonly embedded_uuid: string }>>;
}

export interface RedisAddress {
  readonly user: string;
  readonly host: string;
}

const redisPort = 6379;

/** Turns AWS values into chart props. Nothing else does, and every token passes through untouched. */
export function supersetValues(props: SupersetValuesProps): SupersetChartProps {
  const { naming, edge, workload, analytics, cache, broker } = props;
  const files = platform.secretFiles;
  const mounted = (name: string): { objectName: string } => ({ objectName: naming.secret(name) });
  const image = ({ repository, digest }: Image): string =>
    `${props.account}.dkr.ecr.${naming.region}.amazonaws.com/${repository}@${digest}`;
  const opens = (name: string): { objectName: string } => ({ objectName: props.rows.secret(name) });
  const databases = [analytics, ...props.tenantDatabases.map(({ database }) => database)];
  const tenantDatabases = Object.fromEntries(
    props.tenantDatabases.map(({ tenant, database: { host, port, name } }) => {
      const readerUser = { objectName: naming.forTenant(tenant).secret(files.analyticsReaderUser) };
      return [tenant, { host, port, name, readerUser }];
    }),
  );
  return {
    namespace: props.namespace,
    environment: naming.environment,
    tenant: props.tenant,
    region: naming.region,
    image: image(workload.images.superset),
    tokenServiceImage: image(workload.images.tokens),
    statsdExporterImage: image(workload.images.statsdExporter),
    embedHosts: props.hosts.embed,
    studioHost: props.hosts.studio,
    tokensHost: props.hosts.tokens,
    frameAncestors: props.frameAncestors,
    supersetSettings: workload.supersetSettings,
    tlsSecretName: "superset-tls",
    tlsClusterIssuer: edge.certificates.mode,
    tlsIssuerKind: edge.certificates.mode === "private-ca" ? "AWSPCAClusterIssuer" : "ClusterIssuer",
    databaseCaPem: [databaseCaPem(naming.region), ...authoritiesOf(databases)].join(""),
    metadataHost: props.metadataHost,
    tenants: props.tenants,
    tenantTimeZones: props.timeZones,
    analyticsHost: analytics.host,
    analyticsPort: analytics.port,
    analyticsDatabase: analytics.name,
    analyticsCidrs: [...new Set(databases.flatMap(({ cidrs }) => cidrs))],
    ...(props.tenantDatabases.length > 0 && { tenantDatabases }),
    cacheRedisUrl: redisUrl(cache),
    brokerRedisUrl: redisUrl(broker),
    brokerRedisAddress: `${broker.host}:${redisPort}`,
    brokerRedisUser: broker.user,
    trustStoreUrl: redisUrl({ user: tokenServiceUser.name, host: broker.host }),
    redisPort,
    dataCidrs: props.dataCidrs,
    dnsCidr: props.serviceCidr,
    secretKey: mounted(files.secretKey),
    metadataUser: mounted(files.metadataUser),
    analyticsReaderUser: opens(files.analyticsReaderUser),
    analyticsAuthorUser: opens(files.analyticsAuthorUser),
    claimsKey: opens(files.claimsKey),
    cacheRedisPassword: mounted(files.cacheRedisPassword),
    brokerRedisPassword: mounted(files.brokerRedisPassword),
    trustStorePassword: mounted(tokenServiceUser.passwordFile),
    adminPassword: mounted(files.adminPassword),
    jwks: { objectName: naming.jwksSecret },
    signingKeys: { objectName: naming.signingKeysSecret },
    webReplicasMin: workload.web.minReplicas,
    webReplicasMax: workload.web.maxReplicas,
    workerReplicasMin: workload.workers.minReplicas,
    workerReplicasMax: workload.workers.maxReplicas,
    tokenClients: workload.tokenClients,
    // The service's schema is strict, and what else a dashboard is known by is not its business.
    tokenDashboards: Object.fromEntries(
      Object.entries(props.dashboards).map(([slug, { embedded_uuid }]) => [slug, { embedded_uuid }]),
    ),
  };
}

/**
 * Returns the certificates of the databases' authorities. The pods have one bundle; a certificate must still name the
 * host that is asked for.
 */
function authoritiesOf(databases: readonly AnalyticsDatabase[]): string[] {
  const bundles = databases.flatMap(({ caPem }) => (caPem === undefined ? [] : [`${caPem.trim()}\n`]));
  return [...new Set(bundles)];
}

function redisUrl({ user, host }: RedisAddress): string {
  return `rediss://${user}@${host}:${redisPort}`;
}
