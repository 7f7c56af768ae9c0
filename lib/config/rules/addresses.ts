import { serviceCidr } from "../schema/cluster.ts";
import type { Deployment } from "../schema/deployment.ts";
import { inside, isPrivate, overlap } from "../schema/ipv4.ts";
import type { Contradiction } from "./contradiction.ts";

/** Blocks that can be routed to each other, and none that reaches the internet. */
export function addresses({ regions, analyticsDatabases }: Deployment): Contradiction[] {
  const between = regions.flatMap(({ cidr }, index) =>
    regions
      .slice(0, index)
      .filter((earlier) => overlap(earlier.cidr, cidr))
      .map((earlier) => ({
        path: ["regions", index, "cidr"],
        value: cidr,
        rule: `a block that does not overlap ${earlier.cidr} of ${earlier.name}`,
      })),
  );
  const attached = analyticsDatabases.flatMap(({ cidrs, access, region }, index) =>
    cidrs.flatMap((value, position) => {
      const path = ["analyticsDatabases", index, "cidrs", position];
      const vpc = regions.find(({ name }) => name === region)?.cidr;
      if (!isPrivate(value)) return [{ path, value, rule: "a private block: the pods may send everything to it" }];
      if (overlap(value, serviceCidr)) {
        return [{ path, value, rule: `a block that does not overlap ${serviceCidr}, the services of Kubernetes` }];
      }
      if (vpc === undefined) return [];
      if (access.mode === "private-link") {
        return inside(value, vpc) ? [] : [{ path, value, rule: `inside ${vpc}, where the endpoint has its addresses` }];
      }
      const clash = regions.find(({ cidr }) => overlap(cidr, value));
      return clash === undefined
        ? []
        : [
            {
              path,
              value,
              rule: `a block that does not overlap ${clash.cidr} of ${clash.name}, or no route reaches it`,
            },
          ];
    }),
  );
  return [...between, ...attached];
}
