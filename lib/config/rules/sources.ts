import { type AnalyticsDatabase, sharedDatabaseId } from "../schema/analytics-database.ts";
import type { Deployment } from "../schema/deployment.ts";
import { isOn } from "../schema/protection.ts";
import type { Contradiction } from "./contradiction.ts";

/**
 * Requires one analytics database in each region for the tenants that share, and a second lock wherever the engine
 * has one.
 */
export function sources(deployment: Deployment): Contradiction[] {
  const found = deployment.analyticsDatabases.map((database, index) => {
    const source = { database, index, deployment };
    return repeatedId(source) ?? unknownRegion(source) ?? repeatedAddress(source) ?? closedPort(source) ?? lock(source);
  });
  return [...withoutShared(deployment), ...found.filter((contradiction) => contradiction !== undefined)];
}

/** One entry of `analyticsDatabases`. */
interface Source {
  readonly database: AnalyticsDatabase;
  readonly index: number;
  readonly deployment: Deployment;
}

function contradiction({ database, index }: Source, member: keyof AnalyticsDatabase, allowed: string): Contradiction {
  return { path: ["analyticsDatabases", index, member], value: database[member], allowed };
}

function withoutShared({ regions, analyticsDatabases }: Deployment): Contradiction[] {
  return regions
    .filter(({ name }) => !analyticsDatabases.some(({ region, id }) => region === name && id === sharedDatabaseId))
    .map(({ name }) => ({
      path: ["analyticsDatabases"],
      value: analyticsDatabases.map(({ id, region }) => `${id} in ${region}`),
      allowed: `an entry "${sharedDatabaseId}" in ${name}, or Superset has nothing to read there`,
    }));
}

function repeatedId(source: Source): Contradiction | undefined {
  const { database, index, deployment } = source;
  const { id, region } = database;
  const first = deployment.analyticsDatabases.findIndex((other) => other.id === id && other.region === region);
  return first === index ? undefined : contradiction(source, "id", `an id that no other entry in ${region} has`);
}

function unknownRegion(source: Source): Contradiction | undefined {
  const names = source.deployment.regions.map(({ name }) => name);
  if (names.includes(source.database.region)) return undefined;
  return contradiction(source, "region", `one of regions: ${names.join(", ")}`);
}

function repeatedAddress(source: Source): Contradiction | undefined {
  const { database, index, deployment } = source;
  const earlier = deployment.analyticsDatabases.slice(0, index);
  const other = earlier.find((candidate) => addressOf(candidate) === addressOf(database));
  if (other === undefined) return undefined;
  return contradiction(source, "host", `a place other than that of "${other.id}", or two ids are one database`);
}

function addressOf({ region, host, port, name }: AnalyticsDatabase): string {
  return `${region} ${host.toLowerCase()}:${port}/${name}`;
}

function closedPort(source: Source): Contradiction | undefined {
  const { id, region, port } = source.database;
  const { analyticsDatabases, tenants } = source.deployment;
  const shared = analyticsDatabases.find((other) => other.id === sharedDatabaseId && other.region === region);
  const sharedPodsReadIt = tenants.some(({ isolation, database }) => isolation === "database" && database === id);
  if (!sharedPodsReadIt || shared === undefined || port === shared.port) return undefined;
  return contradiction(
    source,
    "port",
    `${shared.port}, the port of "${sharedDatabaseId}": the network policy of the shared pods opens one`,
  );
}

function lock(source: Source): Contradiction | undefined {
  const { id, engine, rowSecurity } = source.database;
  if (engine === "postgresql") {
    if (isOn(rowSecurity)) return undefined;
    return contradiction(source, "rowSecurity", "true: PostgreSQL has row security, and nothing switches it off");
  }
  const tenantsReadIt = id === sharedDatabaseId || source.deployment.tenants.some(({ database }) => database === id);
  if (tenantsReadIt) {
    return contradiction(source, "engine", '"postgresql" for what tenants read; others may be attached beside it');
  }
  if (!isOn(rowSecurity)) return undefined;
  return contradiction(
    source,
    "rowSecurity",
    `{ off: true, because: … }: ${engine} has no row security, so one lock alone holds schools apart`,
  );
}
