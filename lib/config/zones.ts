/** A residency zone is the set of regions that data may be in. The first is the default home, the last the copy. */
export const zones = {
  AU: ["ap-southeast-2", "ap-southeast-4"],
  EU: ["eu-central-1", "eu-west-1"],
} as const;

export type Zone = keyof typeof zones;

export function regionsOf(zone: Zone): readonly string[] {
  return zones[zone];
}
