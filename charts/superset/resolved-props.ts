import { ExpectedError, platform, type SupersetSettings } from "../../contract/index.ts";
import { supersetSettings } from "../../contract/superset-settings.ts";
import { imageDigest } from "./image-digest.ts";
import type { SupersetChartProps } from "./superset-chart-props.ts";

/** Props with every default resolved once; the objects below read this flat result. */
export interface ResolvedProps extends Required<
  Omit<
    SupersetChartProps,
    "supersetSettings" | "tokensHost" | "tenantDatabases" | "tenantTimeZones" | "databaseCaPem" | "secretKeyRotation"
  >
> {
  readonly supersetSettings: SupersetSettings;
  readonly tokensHost: string | undefined;
  readonly databaseCaPem: string | undefined;
  readonly tenantDatabases: SupersetChartProps["tenantDatabases"] | undefined;
  readonly tenantTimeZones: SupersetChartProps["tenantTimeZones"] | undefined;
  readonly secretKeyRotation: string | undefined;
}

export class ChartPropsError extends ExpectedError {
  constructor(readonly problems: readonly string[]) {
    super(`The Superset chart cannot be made:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
  }
}

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?$/;

export function resolveProps(props: SupersetChartProps): ResolvedProps {
  const settings = supersetSettings.safeParse(props.supersetSettings ?? {});
  const instance = {
    ...props,
    supersetSettings: settings.success ? settings.data : supersetSettings.parse({}),
    metadataPort: props.metadataPort ?? 5432,
    analyticsPort: props.analyticsPort ?? 5432,
    analyticsDatabase: props.analyticsDatabase ?? platform.databases.schools,
    redisPort: props.redisPort ?? 6379,
    tlsIssuerKind: props.tlsIssuerKind ?? "ClusterIssuer",
    webReplicasMin: props.webReplicasMin ?? 3,
    webReplicasMax: props.webReplicasMax ?? 12,
    workerReplicasMin: props.workerReplicasMin ?? 2,
    workerReplicasMax: props.workerReplicasMax ?? 10,
    tokenClients: props.tokenClients ?? [],
    tokenDashboards: props.tokenDashboards ?? {},
    tokensHost: props.tokensHost,
    databaseCaPem: props.databaseCaPem,
    tenantDatabases: props.tenantDatabases,
    tenantTimeZones: props.tenantTimeZones,
    secretKeyRotation: props.secretKeyRotation,
  };
  const problems = [...settingProblems(props.supersetSettings), ...findProblems(instance)];
  if (problems.length > 0) throw new ChartPropsError(problems);
  return instance;
}

function settingProblems(given: SupersetChartProps["supersetSettings"]): string[] {
  const { error } = supersetSettings.safeParse(given ?? {});
  return (error?.issues ?? []).map(({ path, message }) => {
    const value = Object.entries(given ?? {}).find(([name]) => name === path[0])?.[1];
    return `${["supersetSettings", ...path].join(".")}: got ${JSON.stringify(value)}; ${message}`;
  });
}

function* findProblems(instance: ResolvedProps): Generator<string> {
  for (const key of ["namespace", "environment", "tenant"] as const) {
    if (!dnsLabel.test(instance[key])) {
      yield `${key}: got "${instance[key]}"; allowed are 1 to 50 of a-z, 0-9 and "-", as plain text that is known before the deploy`;
    }
  }
  if (
    instance.secretKeyRotation !== undefined &&
    !/^[a-z0-9]([-a-z0-9]{0,18}[a-z0-9])?$/.test(instance.secretKeyRotation)
  )
    yield `secretKeyRotation: got "${instance.secretKeyRotation}"; give a new name for each rotation, such as its date: 1 to 20 of a-z, 0-9 and "-"`;
  for (const key of ["image", "tokenServiceImage", "statsdExporterImage"] as const) {
    if (imageDigest(instance[key]) === undefined) {
      yield `${key}: got "${instance[key]}"; pin it by digest, as in registry/name@sha256:<64 hex digits>`;
    }
  }
  for (const key of ["metadataPort", "analyticsPort", "redisPort"] as const) {
    const port = instance[key];
    // A CDK number token is a huge negative number; a NetworkPolicy would carry it as it is.
    if (!Number.isInteger(port) || port < 1 || port > 65535) {
      yield `${key}: got ${port}; allowed is a plain port from 1 to 65535`;
    }
  }
  for (const [low, high] of [
    ["webReplicasMin", "webReplicasMax"],
    ["workerReplicasMin", "workerReplicasMax"],
  ] as const) {
    if (!(instance[low] >= 1 && instance[low] <= instance[high])) {
      yield `${low}: got ${instance[low]} with ${high} ${instance[high]}; allowed is 1 <= ${low} <= ${high}`;
    }
  }
  for (const key of ["embedHosts", "frameAncestors", "dataCidrs", "analyticsCidrs"] as const) {
    if (instance[key].length === 0) yield `${key}: got an empty list; give at least one entry`;
  }
  yield* findTenantProblems(instance);
  for (const key of ["cacheRedisUrl", "brokerRedisUrl", "trustStoreUrl"] as const) {
    // The value itself must not be quoted: an error ends in logs.
    if (/^[a-z]+:\/\/[^@/]*:[^@/]*@/.test(instance[key])) {
      yield `${key}: carries a password; put it into Secrets Manager and remove it from the URL`;
    }
  }
  if (instance.embedHosts.includes(instance.studioHost)) {
    yield `studioHost: got "${instance.studioHost}", which also serves embeds; embeds ignore sessions, so the studio needs a host of its own`;
  }
}

/** Finds problems of tenants that Superset would refuse to start on: before a rollout, not in it. */
function* findTenantProblems(instance: ResolvedProps): Generator<string> {
  const { tenants, tenantDatabases = {}, analyticsHost, analyticsPort, analyticsDatabase } = instance;
  const withDatabase = Object.entries(tenantDatabases);
  if (tenants.length + withDatabase.length === 0) {
    yield "tenants: got an empty list, and tenantDatabases has none either; give at least one tenant";
  }
  const addressOf = (host: string, port: number, name: string): string => `${host.toLowerCase()}:${port}/${name}`;
  const taken = new Map([[addressOf(analyticsHost, analyticsPort, analyticsDatabase), "the shared database"]]);
  for (const [tenant, { host, port, name }] of withDatabase) {
    const at = `tenantDatabases.${tenant}`;
    if (tenants.includes(tenant))
      yield `${at}: got a tenant of tenants too; its rows are in one place, so list it once`;
    if (port !== analyticsPort) {
      yield `${at}.port: got ${port}; allowed is ${analyticsPort}, the one port to which the network policy opens analyticsCidrs`;
    }
    const other = taken.get(addressOf(host, port, name));
    if (other !== undefined) yield `${at}: got the place of ${other}; give the tenant a database of its own`;
    taken.set(addressOf(host, port, name), `tenant ${tenant}`);
  }
}
