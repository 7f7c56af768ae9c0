import { sharedDatabaseId } from "../schema/analytics-database.ts";
import type { Deployment } from "../schema/deployment.ts";
import { type Needs, whileRolling } from "../schema/pod-needs.ts";
import type { Tenant } from "../schema/tenant.ts";
import type { Contradiction } from "./contradiction.ts";

/** Requires that each tenant has an issuer, a database that is its to read, and a quota that its pods fit into. */
export function tenancy(deployment: Deployment): Contradiction[] {
  const { tenants, identity, workload } = deployment;
  const known = tenants.map(({ id }) => id);
  const signed = new Set(identity.issuers.flatMap((issuer) => issuer.tenants));
  const unknown = (path: (string | number)[], names: readonly string[]): Contradiction[] =>
    names.flatMap((value, index) =>
      known.includes(value)
        ? []
        : [{ path: [...path, "tenants", index], value, allowed: `one of the tenants: ${known.join(", ")}` }],
    );
  return [
    ...identity.issuers.flatMap((issuer, index) => unknown(["identity", "issuers", index], issuer.tenants)),
    ...workload.tokenClients.flatMap((client, index) => unknown(["workload", "tokenClients", index], client.tenants)),
    ...tenants.flatMap((tenant, index) => [
      ...(signed.has(tenant.id)
        ? []
        : [
            {
              path: ["tenants", index, "id"],
              value: tenant.id,
              allowed: "a tenant that at least one entry of identity.issuers may sign for",
            },
          ]),
      ...problemsOf(tenant, deployment).map(({ path, ...rest }) => ({ path: ["tenants", index, ...path], ...rest })),
    ]),
  ];
}

/** A contradiction inside one tenant: its path begins below the tenant. */
type Found = Omit<Contradiction, "path"> & { readonly path: string[] };

function problemsOf(tenant: Tenant, deployment: Deployment): Found[] {
  return [...rowsOf(tenant, deployment), ...podsOf(tenant, deployment)];
}

function rowsOf({ id, isolation, database }: Tenant, { regions, analyticsDatabases, tenants }: Deployment): Found[] {
  const refuse = (allowed: string): Found => ({ path: ["database"], value: database, allowed });
  if (database === undefined) {
    return isolation === "database" ? [refuse('an id of analyticsDatabases: isolation "database" has its own')] : [];
  }
  if (isolation === "shared") return [refuse('nothing: isolation "shared" reads the shared database')];
  const taken = tenants.find((other) => other.id !== id && other.database === database)?.id;
  if (database === sharedDatabaseId || taken !== undefined) {
    const others = taken === undefined ? "every tenant that shares" : `tenant ${taken}`;
    return [refuse(`a database of its own; ${others} reads this one`)];
  }
  return regions
    .filter(({ name }) => !analyticsDatabases.some((entry) => entry.id === database && entry.region === name))
    .map(({ name }) => refuse(`the id of an entry of analyticsDatabases in ${name}`));
}

function podsOf({ isolation, quota }: Tenant, { workload }: Deployment): Found[] {
  if (quota === undefined) return [];
  if (isolation !== "instance") {
    const allowed = 'nothing: the pods are shared; isolation "instance" has its own to limit';
    return [{ path: ["quota"], value: quota, allowed }];
  }
  const needs = whileRolling(workload);
  return (Object.keys(needs) as (keyof Needs)[])
    .filter((name) => quota[name] < needs[name])
    .map((name) => ({
      path: ["quota", name],
      value: quota[name],
      allowed: `at least ${name === "cpu" ? needs.cpu : Math.ceil(needs[name])}, which the smallest number of pods asks for while a new image rolls out`,
    }));
}
