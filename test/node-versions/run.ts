import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "../support/suite.ts";
import { root, workshop } from "../support/workshop.ts";
import manifest from "./package.json" with { type: "json" };

const help = `npm run test:node -- [options of npm test]

Runs the unit tests with each Node of test/node-versions/package.json, installed from its lock on first use.
Options narrow them: npm run test:node -- --files test/charts`;

const folder = join(workshop, "node-versions");

/** Folder of the executable of each release for this machine, by version. */
async function installed(): Promise<Map<string, string>> {
  mkdirSync(folder, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) {
    copyFileSync(join(import.meta.dirname, file), join(folder, file));
  }
  const done = await run({
    command: "npm",
    args: ["ci", "--no-audit", "--no-fund"],
    cwd: folder,
    minutes: 10,
    quiet: true,
  });
  if (done.code !== 0) throw new Error(`npm ci in ${folder} ended with ${done.code}:\n${done.output.trimEnd()}`);
  const found = Object.entries(manifest.optionalDependencies)
    .map(
      ([name, alias]) => [alias.slice(alias.lastIndexOf("@") + 1), join(folder, "node_modules", name, "bin")] as const,
    )
    .filter(([, bin]) => existsSync(join(bin, "node")));
  if (found.length === 0)
    throw new Error(`npm carries no Node for ${process.platform} on ${process.arch}; use Linux on x64 or arm64.`);
  return new Map(found);
}

const options = process.argv.slice(2);
if (options.includes("--help")) {
  console.log(help);
} else {
  let failed = 0;
  const nodes = await installed();
  for (const [version, bin] of nodes) {
    console.log(`\n══ Node ${version}`);
    const env = { PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` };
    const args = ["--import", "tsx", "test/run.ts", "--unit", ...options];
    const { code, seconds } = await run({ command: join(bin, "node"), args, cwd: root, minutes: 40, env });
    if (code !== 0) failed += 1;
    console.log(`${code === 0 ? "✓" : "✗"} Node ${version} (${seconds.toFixed(0)} s)`);
  }
  console.log(`${nodes.size - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
