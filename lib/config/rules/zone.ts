import type { Deployment } from "../schema/deployment.ts";
import { foreignRegions, regionsOf } from "../schema/zones.ts";
import type { Contradiction } from "./contradiction.ts";

/** Refuses everything that the configuration names outside the residency zone. */
export function zone({ residency, regions, analyticsDatabases, edge }: Deployment): Contradiction[] {
  const zoneRegions = regionsOf(residency);
  const allowed = `residency ${residency} allows ${zoneRegions.join(", ")} only`;
  const region = (path: (string | number)[], value: string): Contradiction[] =>
    zoneRegions.includes(value) ? [] : [{ path, value, allowed }];
  const text = (path: (string | number)[], value: string): Contradiction[] =>
    foreignRegions(value, residency).length === 0 ? [] : [{ path, value, allowed }];
  return [
    ...regions.flatMap(({ name, availabilityZones }, index) => [
      ...region(["regions", index, "name"], name),
      ...availabilityZones
        .map((value, position) => ({ path: ["regions", index, "availabilityZones", position], value }))
        .filter(({ value }) => !new RegExp(`^${name}[a-f]$`).test(value))
        .map((found) => ({ ...found, allowed: `a zone of ${name}, such as "${name}a"` })),
    ]),
    ...analyticsDatabases.flatMap(({ region: name, host, access }, index) => [
      ...region(["analyticsDatabases", index, "region"], name),
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
