import { sharedDatabaseId } from "../analytics-database.ts";
import type { Deployment } from "../deployment.ts";
import type { Tenant } from "../tenant.ts";
import type { Contradiction } from "./contradiction.ts";

/** Who signs for a tenant, where its rows are, and what it may use. */
export function tenancy(deployment: Deployment): Contradiction[] {
  const { tenants, identity, workload } = deployment;
  const known = tenants.map(({ id }) => id);
  const signed = new Set(identity.issuers.flatMap((issuer) => issuer.tenants));
  const unknown = (path: (string | number)[], names: readonly string[]): Contradiction[] =>
    names.flatMap((value, index) =>
      known.includes(value)
        ? []
        : [{ path: [...path, "tenants", index], value, rule: `one of the tenants: ${known.join(", ")}` }],
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
              rule: "a tenant that at least one entry of identity.issuers may sign for",
            },
          ]),
      ...place(tenant, deployment).map(({ path, ...rest }) => ({ path: ["tenants", index, ...path], ...rest })),
    ]),
  ];
}

function place(tenant: Tenant, { regions, analyticsDatabases }: Deployment): Contradiction[] {
  const { isolation, database, quota } = tenant;
  const found: Contradiction[] = [];
  if (isolation === "shared" && database !== undefined) {
    found.push({ path: ["database"], value: database, rule: 'nothing: isolation "shared" reads the shared database' });
  }
  if (isolation === "database" && database === undefined) {
    found.push({
      path: ["database"],
      value: database,
      rule: 'an id of analyticsDatabases: isolation "database" has its own',
    });
  }
  if (isolation !== "shared" && database !== undefined) {
    const missing = regions.filter(
      ({ name }) => !analyticsDatabases.some(({ id, region }) => id === database && region === name),
    );
    for (const { name } of missing) {
      found.push({ path: ["database"], value: database, rule: `the id of an entry of analyticsDatabases in ${name}` });
    }
    if (isolation === "database" && database === sharedDatabaseId) {
      found.push({
        path: ["database"],
        value: database,
        rule: 'a database that no other tenant reads, or isolation "shared"',
      });
    }
  }
  if (isolation !== "instance" && quota !== undefined) {
    found.push({
      path: ["quota"],
      value: quota,
      rule: 'nothing: the pods are shared; isolation "instance" has its own to limit',
    });
  }
  // The word is in the schema so that files need not change when the stack comes; a hollow stack would be a lie.
  if (isolation === "instance") {
    found.push({
      path: ["isolation"],
      value: isolation,
      rule: '"shared" | "database"; an instance of its own is not built yet',
    });
  }
  return found;
}
