import type { Deployment } from "../config/schema/deployment.ts";
import type { Region } from "../config/schema/region.ts";
import { regionsOf } from "../config/schema/zones.ts";

/**
 * Tells whether a region holds the budgets. A budget counts costs by tag wherever they arise, so one region holds it.
 */
export function countsCosts({ residency, regions }: Deployment, region: Region): boolean {
  return region.name === regionsOf(residency).find((home) => regions.some(({ name }) => name === home));
}
