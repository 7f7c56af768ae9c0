import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { CloudAssembly } from "aws-cdk-lib/cx-api";
import { filesBelow } from "../support/files-below.ts";
import { root, workshop } from "../support/workshop.ts";

const all = join(workshop, "synthesis");
const keptMs = 3_600_000;
/** The folders that a template is made of. */
const sources = ["bin", "charts", "config", "content", "contract", "lib", "runtime", "superset/src"];

const hashOf = (...parts: readonly (string | Buffer)[]): string =>
  parts.reduce<ReturnType<typeof createHash>>((hash, part) => hash.update(part), createHash("sha256")).digest("hex");

/** A folder for the assemblies of today's sources; those of an hour ago are removed. */
function folderOfSources(): string {
  const files = sources.flatMap((source) =>
    filesBelow(join(root, source)).filter((file) => !file.includes("/__pycache__/")),
  );
  const locks = ["cdk.json", "package-lock.json"].map((name) => join(root, name));
  const parts = [...files.sort(), ...locks].flatMap((file) => [`${file}\n`, readFileSync(file)]);
  const folder = join(all, hashOf(...parts));
  if (existsSync(folder)) return folder;
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(all)) {
    const other = join(all, name);
    if (Date.now() - statSync(other).mtimeMs > keptMs) rmSync(other, { recursive: true, force: true });
  }
  return folder;
}

let current: string | undefined;

/**
 * The assembly of an input, synthesised once for all test files while the sources stay as they are.
 * Jest loads each test file anew, so that memory cannot hold it. `synthesise` writes to the folder it is given.
 */
export function cachedAssembly(input: string, synthesise: (folder: string) => void): CloudAssembly {
  current ??= folderOfSources();
  const folder = join(current, hashOf(input));
  if (!existsSync(folder)) {
    const made = mkdtempSync(join(current, "new-"));
    try {
      synthesise(made);
      renameSync(made, folder);
    } catch (error) {
      rmSync(made, { recursive: true, force: true });
      // Another worker was quicker.
      if (!existsSync(folder)) throw error;
    }
  }
  return new CloudAssembly(folder);
}
