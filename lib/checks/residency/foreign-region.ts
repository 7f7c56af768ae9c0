import { regionsOf, type Zone } from "../../config/schema/zones.ts";

const regionName =
  /\b(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov|-iso[a-z]?)?-(?:north|south|east|west|central)(?:east|west)?-\d\b/g;

/** Names of AWS regions in a text that the zone does not hold: an allow-list, so that a new region is foreign. */
export function foreignRegions(text: string, zone: Zone): string[] {
  const allowed = regionsOf(zone);
  return [...new Set(text.match(regionName) ?? [])].filter((region) => !allowed.includes(region));
}
