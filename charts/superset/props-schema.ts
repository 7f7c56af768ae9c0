import { z } from "zod";
import type { SupersetChartProps } from "./superset-chart-props.ts";

const secret = z.strictObject({ objectName: z.string().min(1), jsonKey: z.string().min(1).exactOptional() });
const text = z.string().min(1);
const list = z.array(text).min(1);

/** What a stand-alone props file may hold; unknown members are refused. Rules across members are in instance.ts. */
export const propsSchema: z.ZodType<SupersetChartProps> = z.strictObject({
  namespace: text,
  instance: text.exactOptional(),
  environment: text,
  tenant: text,
  region: text,
  image: text,
  tokenServiceImage: text,
  statsdExporterImage: text,
  embedHosts: list,
  studioHost: text,
  tokensHost: text.exactOptional(),
  frameAncestors: list,
  audience: text.exactOptional(),
  proxyHops: z.int().exactOptional(),
  singleUseEntry: z.boolean().exactOptional(),
  tlsSecretName: text,
  tlsClusterIssuer: text,
  tlsIssuerKind: z.enum(["ClusterIssuer", "AWSPCAClusterIssuer"]).exactOptional(),
  metadataHost: text,
  metadataPort: z.int().exactOptional(),
  tenants: z.array(text),
  analyticsHost: text,
  analyticsPort: z.int().exactOptional(),
  analyticsDatabase: text.exactOptional(),
  databaseCaPem: text.exactOptional(),
  cacheRedisUrl: text,
  brokerRedisUrl: text,
  brokerRedisAddress: text,
  brokerRedisUser: text,
  trustStoreUrl: text,
  redisPort: z.int().exactOptional(),
  dataCidrs: list,
  analyticsCidrs: list,
  dnsCidr: text,
  ingressNamespace: text.exactOptional(),
  monitoringNamespace: text.exactOptional(),
  secretKey: secret,
  secretKeyRotation: text.exactOptional(),
  metadataUser: secret,
  analyticsReaderUser: secret,
  analyticsAuthorUser: secret,
  claimsKey: secret,
  cacheRedisPassword: secret,
  brokerRedisPassword: secret,
  trustStorePassword: secret,
  adminPassword: secret,
  jwks: secret,
  signingKeys: secret,
  quota: z.strictObject({ cpu: z.number().min(0.1), memoryGib: z.int().min(1), pods: z.int().min(1) }).exactOptional(),
  tenantDatabases: z
    .record(text, z.strictObject({ host: text, port: z.int(), name: text, readerUser: secret }))
    .exactOptional(),
  prometheusUrl: text.exactOptional(),
  webReplicasMin: z.int().exactOptional(),
  webReplicasMax: z.int().exactOptional(),
  workerReplicasMin: z.int().exactOptional(),
  workerReplicasMax: z.int().exactOptional(),
  tokenClients: z
    .array(
      z.strictObject({
        id: text,
        keys: z.array(z.strictObject({ kty: text, n: text, e: text, kid: text, alg: text, use: text })).min(1),
        tenants: list,
        roles: list,
        dashboards: list,
        requestsPerMinute: z.int().min(1),
      }),
    )
    .exactOptional(),
  tokenDashboards: z.record(text, z.strictObject({ embedded_uuid: text })).exactOptional(),
  tokenServiceReplicas: z.int().min(0).exactOptional(),
});
