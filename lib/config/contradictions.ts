import type { z } from "zod";
import type { Deployment } from "./deployment.ts";
import { regionsOf } from "./zones.ts";

interface Contradiction {
  readonly path: (string | number)[];
  readonly value: unknown;
  readonly rule: string;
}

/** Rules that need more than one block of the configuration. */
export function contradictions(deployment: Deployment, context: z.core.$RefinementCtx<Deployment>): void {
  const found = [
    ...outsideTheZone(deployment),
    ...certificatesWithoutEgress(deployment),
    ...repeatedNames(deployment),
    ...tenantsAndIssuers(deployment),
    ...instances(deployment),
  ];
  for (const { path, value, rule } of found) {
    context.addIssue({ code: "custom", path, input: value, message: rule });
  }
}

function outsideTheZone({ residency, regions, analyticsDatabases }: Deployment): Contradiction[] {
  const allowed = regionsOf(residency);
  const found: Contradiction[] = [];
  const check = (path: (string | number)[], region: string): void => {
    if (!allowed.includes(region)) {
      found.push({ path, value: region, rule: `residency ${residency} allows ${allowed.join(", ")} only` });
    }
  };
  regions.forEach((region, index) => {
    check(["regions", index, "name"], region.name);
    region.availabilityZones.forEach((zone, position) => {
      if (!new RegExp(`^${region.name}[a-f]$`).test(zone)) {
        found.push({
          path: ["regions", index, "availabilityZones", position],
          value: zone,
          rule: `a zone of ${region.name}, such as "${region.name}a"`,
        });
      }
    });
  });
  analyticsDatabases.forEach((database, index) => check(["analyticsDatabases", index, "region"], database.region));
  regions.forEach((region, index) => {
    if (!analyticsDatabases.some((database) => database.region === region.name)) {
      found.push({
        path: ["regions", index, "name"],
        value: region.name,
        rule: "a region with an entry in analyticsDatabases, or Superset has nothing to read",
      });
    }
  });
  return found;
}

function certificatesWithoutEgress({ network, edge }: Deployment): Contradiction[] {
  if (network.egress.mode !== "none" || edge.certificates !== "public-ca") return [];
  return [
    {
      path: ["edge", "certificates"],
      value: edge.certificates,
      rule: 'with network.egress "none" nothing can reach a public CA: use "private-ca", or allow its names to leave',
    },
  ];
}

function repeatedNames({ regions, tenants, identity }: Deployment): Contradiction[] {
  const lists = [
    { path: "regions", key: "name", values: regions.map((region) => region.name) },
    { path: "regions", key: "cidr", values: regions.map((region) => region.cidr) },
    { path: "tenants", key: "id", values: tenants.map((tenant) => tenant.id) },
    { path: "identity.issuers", key: "id", values: identity.issuers.map((issuer) => issuer.id) },
    { path: "identity.issuers", key: "url", values: identity.issuers.map((issuer) => issuer.url) },
  ];
  return lists.flatMap(({ path, key, values }) =>
    values.flatMap((value, index) =>
      values.indexOf(value) === index
        ? []
        : [{ path: [...path.split("."), index, key], value, rule: "a value that no other entry of the list has" }],
    ),
  );
}

function tenantsAndIssuers({ tenants, identity }: Deployment): Contradiction[] {
  const known = new Set(tenants.map((tenant) => tenant.id));
  const signed = new Set(identity.issuers.flatMap((issuer) => issuer.tenants));
  const unknown = identity.issuers.flatMap((issuer, index) =>
    issuer.tenants.flatMap((tenant, position) =>
      known.has(tenant)
        ? []
        : [
            {
              path: ["identity", "issuers", index, "tenants", position],
              value: tenant,
              rule: `one of the tenants: ${[...known].join(", ")}`,
            },
          ],
    ),
  );
  const silent = tenants.flatMap((tenant, index) =>
    signed.has(tenant.id)
      ? []
      : [
          {
            path: ["tenants", index, "id"],
            value: tenant.id,
            rule: "a tenant that at least one entry of identity.issuers may sign for",
          },
        ],
  );
  return [...unknown, ...silent];
}

// The word is in the schema so that files need not change when the stack comes (issue 4); a hollow stack would be a lie.
function instances({ tenants }: Deployment): Contradiction[] {
  return tenants.flatMap((tenant, index) =>
    tenant.isolation === "instance"
      ? [
          {
            path: ["tenants", index, "isolation"],
            value: tenant.isolation,
            rule: '"shared" | "database"; an instance of its own is not built yet',
          },
        ]
      : [],
  );
}
