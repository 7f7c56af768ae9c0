import { type AnalyticsDatabase, sharedDatabaseId } from "../config/schema/analytics-database.ts";
import type { Deployment } from "../config/schema/deployment.ts";
import { edgeIn, type Hosts, hostsIn, hostsOf, hostsOfInstance } from "../config/schema/edge.ts";
import type { Identity } from "../config/schema/identity.ts";
import type { Region } from "../config/schema/region.ts";
import type { Tenant } from "../config/schema/tenant.ts";
import type { Workload } from "../config/schema/workload.ts";
import { Naming } from "../naming.ts";

export interface RegionOfDeployment {
  readonly deployment: Deployment;
  readonly region: Region;
}

/** One Superset with its own stores, secrets and token service: the shared one, or that of a tenant. */
export interface Instance {
  readonly naming: Naming;
  readonly title: string;
  readonly tenant: string;
  readonly identity: Identity;
  readonly workload: Workload;
  readonly hosts: Hosts;
  readonly frameAncestors: readonly string[];
  readonly analytics: AnalyticsDatabase;
  /** The databases of tenants that have one to themselves. */
  readonly tenantDatabases: readonly { readonly tenant: string; readonly database: AnalyticsDatabase }[];
  /** The tenants whose rows are in the analytics database. */
  readonly tenants: readonly string[];
  /** Days and weeks of each tenant's guests. */
  readonly timeZones: Readonly<Record<string, string>>;
  /** Names the logins and the claims key that open the analytics database: an instance may read the shared one. */
  readonly rows: Naming;
  readonly reachesAnalytics: boolean;
  readonly quota?: Tenant["quota"];
}

/** The Superset of every tenant without an instance of its own. */
export function sharedInstance({ deployment, region }: RegionOfDeployment): Instance {
  const { tenants, regions, identity, workload } = deployment;
  const { home: naming, edge, databases } = inRegion(deployment, region);
  const guests = tenants.filter(({ isolation }) => isolation !== "instance");
  const ids = guests.map(({ id }) => id);
  const tenantHosts = guests.flatMap(({ hostnames }) => hostsIn(region, regions, deployment.edge, hostnames));
  const hosts = hostsOf(edge);
  return {
    naming,
    title: "the shared Superset",
    tenant: "shared",
    identity: { ...identity, issuers: only(ids, identity.issuers) },
    workload: { ...workload, tokenClients: only(ids, workload.tokenClients) },
    hosts: { ...hosts, embed: [...hosts.embed, ...tenantHosts] },
    frameAncestors: [...new Set(guests.flatMap((tenant) => tenant.hostProducts))],
    analytics: databaseOf(databases, sharedDatabaseId),
    tenantDatabases: guests.flatMap(({ id, database }) =>
      database === undefined ? [] : [{ tenant: id, database: databaseOf(databases, database) }],
    ),
    tenants: guests.filter(({ isolation }) => isolation === "shared").map(({ id }) => id),
    timeZones: Object.fromEntries(guests.map(({ id, timeZone }) => [id, timeZone])),
    rows: naming,
    reachesAnalytics: true,
  };
}

/** The Superset of one tenant: the same stacks under its name, with the keys of its issuers alone (ADR 13). */
export function tenantInstance({ deployment, region }: RegionOfDeployment, tenant: Tenant): Instance {
  const { home, edge, databases } = inRegion(deployment, region);
  const naming = home.forTenant(tenant.id);
  const { identity, workload } = deployment;
  const hostnames = hostsIn(region, deployment.regions, deployment.edge, tenant.hostnames);
  return {
    naming,
    title: `Superset of tenant ${tenant.id}`,
    tenant: tenant.id,
    identity: { ...identity, issuers: only([tenant.id], identity.issuers) },
    workload: { ...workload, tokenClients: only([tenant.id], workload.tokenClients) },
    hosts: hostsOfInstance({ id: tenant.id, hostnames }, edge),
    frameAncestors: tenant.hostProducts,
    analytics: databaseOf(databases, tenant.database ?? sharedDatabaseId),
    tenantDatabases: [],
    tenants: [tenant.id],
    timeZones: { [tenant.id]: tenant.timeZone },
    rows: tenant.database === undefined ? home : naming,
    reachesAnalytics: tenant.database !== undefined,
    quota: tenant.quota,
  };
}

/** Keeps the issuers or clients of these tenants, each with these tenants alone. */
function only<T extends { readonly tenants: string[] }>(ids: readonly string[], speakers: readonly T[]): T[] {
  return speakers
    .map((speaker) => ({ ...speaker, tenants: speaker.tenants.filter((tenant) => ids.includes(tenant)) }))
    .filter(({ tenants }) => tenants.length > 0);
}

export function databaseOf(databases: readonly AnalyticsDatabase[], id: string): AnalyticsDatabase {
  const found = databases.find((database) => database.id === id);
  if (found === undefined) throw new Error(`No analytics database ${id}: parseDeployment must refuse this`);
  return found;
}

function inRegion(deployment: Deployment, region: Region) {
  return {
    home: new Naming(deployment.environment, region.name),
    edge: edgeIn(region, deployment.edge),
    databases: deployment.analyticsDatabases.filter((database) => database.region === region.name),
  };
}
