import { join } from "node:path";
import { type Step, whileUnchanged } from "./support/while-unchanged.ts";
import { type Finished, run, type Tally } from "./support/suite.ts";
import { devVenv, root, workshop } from "./support/workshop.ts";

/** The folder in which the tools remember unchanged files, by content. */
const cache = (name: string): string => join(workshop, "cache", name);
const bin = (name: string): string => join(root, "node_modules/.bin", name);
const node = (name: string, command: string, ...args: string[]): Step => ({
  name,
  run: () => run({ command: bin(command), args, cwd: root, minutes: 15, quiet: true }),
});
const tsc = (name: string, project: string): Step =>
  node(name, "tsc", "--noEmit", "--incremental", "--tsBuildInfoFile", cache(`${name}.tsbuildinfo`), "-p", project);

/** Steps that need Node.js alone, the longest first, so that both workers end at about the same time. */
const steps: readonly Step[] = [
  // A changed type can hide a finding in an unchanged file until the cache goes; CI begins without one.
  node(
    "eslint",
    "eslint",
    ".",
    "--max-warnings=0",
    "--cache",
    "--cache-strategy=content",
    "--cache-location",
    cache("eslint"),
  ),
  whileUnchanged(node("the embed package", "tsx", "test/embed/check.ts"), {
    folder: root,
    paths: [
      ...["embed", "contract", "runtime", "content", "test/embed", "test/support"],
      ...["package.json", "package-lock.json", "tsconfig.json", "LICENSE"],
    ],
    stamp: cache("embed.sha256"),
  }),
  tsc("tsc", "."),
  node(
    "prettier",
    "prettier",
    "--check",
    ".",
    "--cache",
    "--cache-strategy=content",
    "--cache-location",
    cache("prettier"),
  ),
  node("unused code", "knip", "--no-progress"),
  node("secrets", "tsx", "test/repository/secrets.ts"),
  tsc("tsc of the browser's code", "embed/browser"),
];

function python(venv: string, name: string, command: string, ...args: string[]): Step {
  const program = join(venv, "bin", command);
  return { name, run: () => run({ command: program, args, cwd: join(root, "superset"), minutes: 5, quiet: true }) };
}

async function pythonSteps(): Promise<Step[]> {
  try {
    const venv = await devVenv();
    return [
      python(venv, "ruff", "ruff", "check", "--cache-dir", cache("ruff"), ".", "../test"),
      python(venv, "ruff's format", "ruff", "format", "--check", "--cache-dir", cache("ruff"), ".", "../test"),
      python(venv, "mypy", "mypy", "--cache-dir", cache("mypy"), "src"),
    ];
  } catch (error) {
    const output = error instanceof Error ? error.message : String(error);
    const failed: Finished = { code: 1, output, seconds: 0, timedOut: false };
    return [{ name: "ruff and mypy", run: () => Promise.resolve(failed) }];
  }
}

/** Runs every step, two at a time, and reports all that failed. */
export async function check(): Promise<Tally> {
  const began = performance.now();
  const preparing = pythonSteps();
  const results: { step: Step; finished: Finished }[] = [];
  const waiting = [...steps];
  const work = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const finished = await step.run();
      results.push({ step, finished });
      console.log(`${finished.code === 0 ? "✓" : "✗"} ${step.name} (${finished.seconds.toFixed(1)} s)`);
    }
  };
  const first = work();
  await work();
  // The Python environment may still be installed while the other worker goes on.
  waiting.push(...(await preparing));
  await Promise.all([first, work()]);
  const failed = results.filter(({ finished }) => finished.code !== 0);
  for (const { step, finished } of failed) {
    console.log(
      `\n── ${step.name}${finished.timedOut ? " (ended at its time limit)" : ""}\n${finished.output.trimEnd()}`,
    );
  }
  const seconds = (performance.now() - began) / 1000;
  return {
    suite: "check",
    passed: results.length - failed.length,
    failed: failed.length,
    skipped: 0,
    seconds,
    notes: [],
  };
}

if (process.argv[1] === import.meta.filename) {
  const { passed, failed, seconds } = await check();
  console.log(`\n${passed} checks passed, ${failed} failed (${seconds.toFixed(0)} s)`);
  process.exitCode = failed === 0 ? 0 : 1;
}
