import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { PolicyError } from "./policy.ts";

const description = z.object({
  table: z.string(),
  title: z.string(),
  description: z.string(),
  owner: z.string(),
  sensitivity: z.string(),
});
export type DatasetDescription = z.infer<typeof description>;

/**
 * Reads the descriptions in content/dashboards/datasets/*.yaml, by table name. Throws PolicyError for a malformed file.
 */
export function readDatasetDescriptions(folder: string): ReadonlyMap<string, DatasetDescription> {
  const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  return new Map(
    files.map((name) => {
      const parsed = description.safeParse(parse(readFileSync(join(folder, name), "utf8")));
      if (!parsed.success) {
        throw new PolicyError(
          join(folder, name),
          parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`),
        );
      }
      return [parsed.data.table, parsed.data];
    }),
  );
}
