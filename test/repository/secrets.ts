import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { lintSource } from "@secretlint/core";
import { creator } from "@secretlint/secretlint-rule-preset-recommend";
import { root } from "../support/workshop.ts";

const preset = "@secretlint/secretlint-rule-preset-recommend";
const config = {
  rules: [
    {
      id: preset,
      rule: creator,
      rules: [
        {
          id: "@secretlint/secretlint-rule-database-connection-string",
          // The password that the tests of templates look for.
          options: { allows: ["/user:hunter2@host/"] },
        },
      ],
    },
  ],
};

/** Tokens, private keys and passwords in URLs that a text holds, each as `path:line: what`, with the secret itself masked. */
export async function secretsIn(path: string, content: string): Promise<string[]> {
  const source = { filePath: path, content, contentType: "text" as const };
  const { messages } = await lintSource({ source, options: { config, maskSecrets: true, noPhysicFilePath: true } });
  return messages.map(({ loc, message }) => `${path}:${loc.start.line}: ${message}`);
}

/** Files that git tracks or would add. */
function ownFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], { cwd: root });
  return listed
    .toString("utf8")
    .split("\0")
    .filter((path) => path !== "" && existsSync(join(root, path)) && statSync(join(root, path)).isFile());
}

if (process.argv[1] === import.meta.filename) {
  const found: string[] = [];
  for (const path of ownFiles()) {
    const bytes = readFileSync(join(root, path));
    if (!bytes.includes(0)) found.push(...(await secretsIn(path, bytes.toString("utf8"))));
  }
  for (const line of found) console.error(line);
  if (found.length > 0) console.error("Take it out, and treat it as known: change it where it opens something.");
  process.exitCode = found.length === 0 ? 0 : 1;
}
