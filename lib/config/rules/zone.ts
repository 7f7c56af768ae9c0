import type { Deployment } from "../schema/deployment.ts";
import { foreignRegions, regionsOf } from "../schema/zones.ts";
import type { Contradiction } from "./contradiction.ts";

/** Nothing that the configuration names is outside the residency zone. */
export function zone({ residency, regions, analyticsDatabases, edge }: Deployment): Contradiction[] {
  const allowed = regionsOf(residency);
  const rule = `residency ${residency} allows ${allowed.join(", ")} only`;
  const place = (path: (string | number)[], region: string): Contradiction[] =>
    allowed.includes(region) ? [] : [{ path, value: region, rule }];
  const text = (path: (string | number)[], value: string): Contradiction[] =>
    foreignRegions(value, residency).length === 0 ? [] : [{ path, value, rule }];
  return [
    ...regions.flatMap(({ name, availabilityZones }, index) => [
      ...place(["regions", index, "name"], name),
      ...availabilityZones
        .map((value, position) => ({ path: ["regions", index, "availabilityZones", position], value }))
        .filter(({ value }) => !new RegExp(`^${name}[a-f]$`).test(value))
        .map((found) => ({ ...found, rule: `a zone of ${name}, such as "${name}a"` })),
    ]),
    ...analyticsDatabases.flatMap(({ region, host, access }, index) => [
      ...place(["analyticsDatabases", index, "region"], region),
      ...text(["analyticsDatabases", index, "host"], host),
      ...(access.mode === "private-link"
        ? text(["analyticsDatabases", index, "access", "serviceName"], access.serviceName)
        : []),
    ]),
    ...(edge.certificates.mode === "private-ca"
      ? text(["edge", "certificates", "authorityArn"], edge.certificates.authorityArn)
      : []),
  ];
}
