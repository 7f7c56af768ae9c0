import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateDtsBundle } from "dts-bundle-generator";
import { embedFolder, entries } from "./layout.ts";

/** Writes the types of each entry into `folder`: one file that imports nothing of ours, for both module formats. */
export function declare(folder: string): void {
  const names = Object.keys(entries);
  const texts = generateDtsBundle(
    Object.values(entries).map((source) => ({
      filePath: join(embedFolder, source),
      output: { noBanner: true, exportReferencedTypes: false },
    })),
    { preferredConfigPath: join(embedFolder, "tsconfig.json") },
  );
  texts.forEach((text, index) => {
    for (const ending of ["d.ts", "d.cts"]) writeFileSync(join(folder, `${names[index]}.${ending}`), text);
  });
}
