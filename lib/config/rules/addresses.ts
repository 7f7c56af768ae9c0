import type { AnalyticsDatabase } from "../schema/analytics-database.ts";
import { serviceCidr } from "../schema/cluster.ts";
import type { Deployment } from "../schema/deployment.ts";
import { inside, isPrivate, overlap } from "../schema/ipv4.ts";
import type { Region } from "../schema/region.ts";
import type { Contradiction } from "./contradiction.ts";

/** Requires blocks that can be routed to each other, and none that reaches the internet. */
export function addresses({ regions, analyticsDatabases }: Deployment): Contradiction[] {
  return [
    ...regions.flatMap((_, index) => overlapping(regions, index)),
    ...databaseBlocks(analyticsDatabases, regions),
  ];
}

function overlapping(regions: readonly Region[], index: number): Contradiction[] {
  const cidr = regions[index]?.cidr ?? "";
  return regions
    .slice(0, index)
    .filter((earlier) => overlap(earlier.cidr, cidr))
    .map((earlier) => ({
      path: ["regions", index, "cidr"],
      value: cidr,
      allowed: `a block that does not overlap ${earlier.cidr} of ${earlier.name}`,
    }));
}

function databaseBlocks(databases: readonly AnalyticsDatabase[], regions: readonly Region[]): Contradiction[] {
  return databases.flatMap((database, index) =>
    database.cidrs.flatMap((value, position) => {
      const allowed = allowedInstead(value, database, regions);
      return allowed === undefined ? [] : [{ path: ["analyticsDatabases", index, "cidrs", position], value, allowed }];
    }),
  );
}

/** Says what is allowed instead of a database's block; undefined when the block is right. */
function allowedInstead(
  block: string,
  { access, region }: AnalyticsDatabase,
  regions: readonly Region[],
): string | undefined {
  if (!isPrivate(block)) return "a private block: the pods may send everything to it";
  if (overlap(block, serviceCidr)) return `a block that does not overlap ${serviceCidr}, the services of Kubernetes`;
  const vpc = regions.find(({ name }) => name === region)?.cidr;
  if (vpc === undefined) return undefined;
  if (access.mode === "private-link") {
    return inside(block, vpc) ? undefined : `inside ${vpc}, where the endpoint has its addresses`;
  }
  const clash = regions.find(({ cidr }) => overlap(cidr, block));
  return clash && `a block that does not overlap ${clash.cidr} of ${clash.name}, or no route reaches it`;
}
