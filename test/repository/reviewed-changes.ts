import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** A summary of GitHub holds 1 MiB; more than this nobody reads there either. */
const maxDiffBytes = 200_000;

const reviewed = [":(glob)test/golden/**", ":(glob)**/__snapshots__/**", "contract/openapi.json"];

export interface Change {
  readonly file: string;
  readonly added: number;
  readonly removed: number;
  readonly diff: string;
}

/** Changes of the reviewed files as Markdown. Rows of a stateful.txt come first: behind each one is data. */
export function summary(changes: readonly Change[]): string {
  const title = "## Reviewed templates and manifests\n";
  if (changes.length === 0) return `${title}\nNo reviewed file changes.\n`;
  const lost = changes.filter(({ file, removed }) => file.endsWith("/stateful.txt") && removed > 0);
  const warnings = lost.map(
    ({ file, removed }) =>
      `> **Warning**: ${file} loses ${removed} ${removed === 1 ? "row" : "rows"}. CloudFormation deletes or replaces what they name, with its data.\n`,
  );
  const table = ["| file | lines added | lines removed |", "|---|---:|---:|"].concat(
    changes.map(({ file, added, removed }) => `| ${file} | ${added} | ${removed} |`),
  );
  return [title, ...warnings, `${table.join("\n")}\n`, ...details(changes)].join("\n");
}

function details(changes: readonly Change[]): string[] {
  let left = maxDiffBytes;
  return changes.map(({ file, diff }) => {
    const size = Buffer.byteLength(diff);
    if (size > left) return `${file}: the diff has ${size} bytes; read it with git.\n`;
    left -= size;
    const fence = "`".repeat(Math.max(3, ...[...diff.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
    return `<details><summary>${file}</summary>\n\n${fence}diff\n${diff.trimEnd()}\n${fence}\n\n</details>\n`;
  });
}

/**
 * Changes of the reviewed files since `base` and HEAD parted.
 *
 * @throws Error when `base` is no commit of this clone.
 */
export function changesSince(base: string, cwd: string): Change[] {
  const git = (...args: string[]): string =>
    execFileSync("git", args, {
      cwd,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
      stdio: ["ignore", "pipe", "pipe"],
    });
  let range: string;
  try {
    const commit = git("rev-parse", "--verify", "--quiet", "--end-of-options", `${base}^{commit}`).trim();
    range = `${git("merge-base", commit, "HEAD").trim()}..HEAD`;
  } catch {
    throw new Error(
      `${JSON.stringify(base)} is no commit that shares a history with HEAD; fetch it, or name a branch such as origin/main.`,
    );
  }
  const numbers = git("diff", "--numstat", "--no-renames", "-z", range, "--", ...reviewed);
  return numbers
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => {
      const [added = "", removed = "", ...rest] = line.split("\t");
      const file = rest.join("\t");
      const diff = git("diff", "--no-renames", "--unified=2", range, "--", `:(literal)${file}`);
      return {
        file,
        added: Number(added),
        removed: Number(removed),
        diff: diff.slice(Math.max(0, diff.indexOf("\n@@") + 1)),
      };
    });
}

if (process.argv[1] === import.meta.filename) {
  try {
    console.log(summary(changesSince(process.argv[2] ?? "origin/main", join(import.meta.dirname, "../.."))));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
