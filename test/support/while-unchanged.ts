import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Finished, run } from "./suite.ts";

/** A part of `npm run check`. */
export interface Step {
  readonly name: string;
  readonly run: () => Promise<Finished>;
}

export interface Inputs {
  /** A clone, or a folder of it. */
  readonly folder: string;
  /** Files and folders, from there, whose contents decide what the step says. */
  readonly paths: readonly string[];
  /** The file that keeps the hash of the inputs with which the step last passed. */
  readonly stamp: string;
}

/** Hashes the files below these paths, tracked or not, and the release of Node.js. */
async function fingerprint({ folder, paths }: Inputs): Promise<string> {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", ...paths];
  const listed = await run({ command: "git", args, cwd: folder, minutes: 1, quiet: true });
  if (listed.code !== 0) throw new Error(`git ls-files ended with ${listed.code}: ${listed.output}`);
  const hash = createHash("sha256").update(process.version);
  const names = listed.output.split("\0").filter((name) => name !== "" && existsSync(join(folder, name)));
  for (const name of names.sort()) hash.update(`\0${name}\0`).update(readFileSync(join(folder, name)));
  return hash.digest("hex");
}

/** Leaves a step out while its inputs are those with which it last passed. */
export function whileUnchanged(step: Step, inputs: Inputs): Step {
  const { stamp } = inputs;
  return {
    name: step.name,
    run: async () => {
      const began = performance.now();
      const now = await fingerprint(inputs);
      if (existsSync(stamp) && readFileSync(stamp, "utf8") === now) {
        return { code: 0, output: "", seconds: (performance.now() - began) / 1000, timedOut: false };
      }
      const finished = await step.run();
      if (finished.code === 0) {
        mkdirSync(dirname(stamp), { recursive: true });
        writeFileSync(stamp, now);
      }
      return finished;
    },
  };
}
