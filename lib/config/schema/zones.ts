/** A residency zone is the set of regions that data may be in. Each keeps the copies of the other. */
export const zones = {
  AU: ["ap-southeast-2", "ap-southeast-4"],
  EU: ["eu-central-1", "eu-west-1"],
} as const;

export type Zone = keyof typeof zones;

export function regionsOf(zone: Zone): readonly string[] {
  return zones[zone];
}

/** Returns the region that holds copies of another region's evidence and backups: the other one of its zone. */
export function copyRegionOf(zone: Zone, home: string): string {
  const other = regionsOf(zone).find((region) => region !== home);
  if (other === undefined) throw new Error(`Zone ${zone} has no second region for copies of ${home}`);
  return other;
}

const regionName =
  /\b(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov|-iso[a-z]?)?-(?:north|south|east|west|central)(?:east|west)?-\d\b/g;

/**
 * Finds names of AWS regions in a text that the zone does not hold. It works by an allow-list, so that a new region
 * is foreign.
 */
export function foreignRegions(text: string, zone: Zone): string[] {
  const allowed = regionsOf(zone);
  return [...new Set(text.match(regionName) ?? [])].filter((region) => !allowed.includes(region));
}
