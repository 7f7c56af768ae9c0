import type { SupersetSettings } from "../../contract/index.ts";

/** One object in AWS Secrets Manager, mounted as one file. */
export interface MountedSecret {
  /** Name or ARN in Secrets Manager. */
  readonly objectName: string;
}

/** The analytics database of one tenant, and the login of Superset's reader there. */
export interface TenantDatabase {
  readonly host: string;
  /** Plain. */
  readonly port: number;
  readonly name: string;
  readonly readerUser: MountedSecret;
}

/** A host backend that may ask the token service for tokens; public keys only. */
export interface TokenClient {
  readonly id: string;
  readonly keys: readonly Readonly<Record<"kty" | "n" | "e" | "kid" | "alg" | "use", string>>[];
  readonly tenants: readonly string[];
  readonly roles: readonly string[];
  readonly dashboards: readonly string[];
  readonly requestsPerMinute: number;
}

/** The props of one Superset; strings may hold deploy-time tokens unless their doc says "plain". */
export interface SupersetChartProps {
  /** Plain. Kubernetes namespace, which this Superset has to itself. */
  readonly namespace: string;
  /** Plain. Name of the environment (HOMEROOM_ENVIRONMENT), a value and a label. */
  readonly environment: string;
  /** Plain. Tenant label of logs and metrics; "shared" for the instance that several tenants share. */
  readonly tenant: string;
  /** AWS region of the secrets. */
  readonly region: string;

  /** Superset image; ends in a plain `@sha256:<64 hex>`. */
  readonly image: string;
  /** Token service image; ends in a plain `@sha256:<64 hex>`. */
  readonly tokenServiceImage: string;
  /** statsd_exporter image; ends in a plain `@sha256:<64 hex>`. */
  readonly statsdExporterImage: string;

  /** Sharded host names that serve embeds, `analytics1..N`. */
  readonly embedHosts: readonly string[];
  /** Host name of the authoring interface. */
  readonly studioHost: string;
  /** Host name of the token service; without it the service is reachable inside the cluster only. */
  readonly tokensHost?: string;
  /** Origins of the host products that may frame a dashboard. */
  readonly frameAncestors: readonly string[];
  /** Plain. Settings of Superset that operators may change (contract/environment.json). @default the defaults there */
  readonly supersetSettings?: Partial<SupersetSettings>;

  /** Secret of type TLS that the ingress serves; cert-manager writes it. */
  readonly tlsSecretName: string;
  /** Cluster-wide issuer of the certificate. */
  readonly tlsClusterIssuer: string;
  /** Plain. Kind of the issuer: cert-manager's own, or the one of aws-privateca-issuer. @default "ClusterIssuer" */
  readonly tlsIssuerKind?: "ClusterIssuer" | "AWSPCAClusterIssuer";

  readonly metadataHost: string;
  /** Plain. @default 5432 */
  readonly metadataPort?: number;
  /** Plain. Tenants whose rows are in the analytics database; Superset denies guests of a tenant neither here nor in `tenantDatabases`. */
  readonly tenants: readonly string[];
  /** Plain. IANA time zones of tenants, which days and weeks of their guests follow. @default the server's clock */
  readonly tenantTimeZones?: Readonly<Record<string, string>>;
  readonly analyticsHost: string;
  /** Plain. @default 5432 */
  readonly analyticsPort?: number;
  /** Database on the analytics host. @default contract/platform.json databases.schools */
  readonly analyticsDatabase?: string;
  /** PEM of the authority that signed both databases' certificates; without it TLS is required but not verified. */
  readonly databaseCaPem?: string;
  /** `rediss://user@host:port` of caches; no password, no database number. */
  readonly cacheRedisUrl: string;
  /** `rediss://user@host:port` of the Celery broker; no password, no database number. */
  readonly brokerRedisUrl: string;
  /** `host:port` of the broker, for the autoscaler, which takes no URL. */
  readonly brokerRedisAddress: string;
  /** User of the broker for the autoscaler. */
  readonly brokerRedisUser: string;
  /** `rediss://user@host:port` of the broker as the token service's own user; no password, no database number. */
  readonly trustStoreUrl: string;
  /** Plain. Port of both Redis groups. @default 6379 */
  readonly redisPort?: number;

  /** CIDRs in which the metadata database and both Redis groups live. */
  readonly dataCidrs: readonly string[];
  /** CIDRs in which the analytics database lives. */
  readonly analyticsCidrs: readonly string[];
  /** CIDR of the cluster's DNS service; Auto Mode runs DNS on the node, where no pod selector matches. */
  readonly dnsCidr: string;

  /** Superset's SECRET_KEY. */
  readonly secretKey: MountedSecret;
  /** Plain. Adds a Job of this name that moves stored secrets from the secret's previous version to its present one. */
  readonly secretKeyRotation?: string;
  readonly metadataUser: MountedSecret;
  readonly analyticsReaderUser: MountedSecret;
  /** The login that charts of authors in the studio query with; the policy of its role shows every row. */
  readonly analyticsAuthorUser: MountedSecret;
  /** Signs the claims that the analytics database verifies (ADR 8). */
  readonly claimsKey: MountedSecret;
  readonly cacheRedisPassword: MountedSecret;
  readonly brokerRedisPassword: MountedSecret;
  /** The password of the user in `trustStoreUrl`; mounted into the token service alone. */
  readonly trustStorePassword: MountedSecret;
  /** First administrator's password; mounted into the migrate Job alone. */
  readonly adminPassword: MountedSecret;
  /** Public keys that verify tokens. */
  readonly jwks: MountedSecret;
  /** Private signing keys; mounted into the token service alone. */
  readonly signingKeys: MountedSecret;

  /** Plain. @default 3 */
  readonly webReplicasMin?: number;
  /** Plain. @default 12 */
  readonly webReplicasMax?: number;
  /** Plain. @default 2 */
  readonly workerReplicasMin?: number;
  /** Plain. @default 10 */
  readonly workerReplicasMax?: number;
  /** Backends that may ask for tokens; without any the token service is scaled to zero. @default [] */
  readonly tokenClients?: readonly TokenClient[];
  /** Dashboards by slug that tokens may name. @default {} */
  readonly tokenDashboards?: Readonly<Record<string, { readonly embedded_uuid: string }>>;
  /** Tenants with an analytics database of their own, by id; `analyticsCidrs` hold the addresses of these too. @default none */
  readonly tenantDatabases?: Readonly<Record<string, TenantDatabase>>;
}
