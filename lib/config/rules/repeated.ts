import type { Deployment } from "../schema/deployment.ts";
import type { Contradiction } from "./contradiction.ts";

/** Refuses two entries of a list with the same name. */
export function repeated({ regions, tenants, identity, workload }: Deployment): Contradiction[] {
  const lists = [
    { path: ["regions"], key: "name", values: regions.map(({ name }) => name) },
    { path: ["tenants"], key: "id", values: tenants.map(({ id }) => id) },
    { path: ["identity", "issuers"], key: "id", values: identity.issuers.map(({ id }) => id) },
    { path: ["identity", "issuers"], key: "url", values: identity.issuers.map(({ url }) => url) },
    { path: ["workload", "tokenClients"], key: "id", values: workload.tokenClients.map(({ id }) => id) },
  ];
  return lists.flatMap(({ path, key, values }) =>
    values.flatMap((value, index) =>
      values.indexOf(value) === index
        ? []
        : [{ path: [...path, index, key], value, allowed: "a value that no other entry of the list has" }],
    ),
  );
}
