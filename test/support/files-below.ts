import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Returns the path of every file below a folder. Node 20.11 has no `parentPath`, by which an entry would tell it. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}
