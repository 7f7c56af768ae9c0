import type { Zone } from "../../config/schema/zones.ts";

/** Prefixes of Bedrock's cross-region inference profiles that stay inside the zone; `au.` is Sydney and Melbourne. */
const inside: Readonly<Record<Zone, readonly string[]>> = { AU: ["au"], EU: [] };

// A model's id without a prefix is served in the caller's own region.
const profile =
  /\b([a-z]{2,6}(?:-gov)?)\.(?:amazon\.(?:nova|titan)|[a-z0-9]+\.(?:claude|llama|mistral|command|jamba))[\w.:-]*/g;

/** Finds inference profiles in a text whose requests may leave the zone. */
export function foreignModels(text: string, zone: Zone): string[] {
  return [
    ...new Set(
      [...text.matchAll(profile)].filter(([, prefix = ""]) => !inside[zone].includes(prefix)).map(([id]) => id),
    ),
  ];
}
