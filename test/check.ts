import { join } from "node:path";
import { type Finished, run, type Tally } from "./support/suite.ts";
import { devVenv, root, workshop } from "./support/workshop.ts";

interface Step {
  readonly name: string;
  readonly run: () => Promise<Finished>;
}

/** The folder in which the tools remember unchanged files, by content. */
const cache = (name: string): string => join(workshop, "cache", name);
const bin = (name: string): string => join(root, "node_modules/.bin", name);
const node = (name: string, command: string, ...args: string[]): Step => ({
  name,
  run: () => run({ command: bin(command), args, cwd: root, minutes: 15, quiet: true }),
});
const tsc = (name: string, project: string): Step =>
  node(name, "tsc", "--noEmit", "--incremental", "--tsBuildInfoFile", cache(`${name}.tsbuildinfo`), "-p", project);

/** The steps of one queue follow each other; the second also waits for the Python environment. */
const first: readonly Step[] = [
  node("secrets", "tsx", "test/repository/secrets.ts"),
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
];
const second: readonly Step[] = [
  tsc("tsc", "."),
  tsc("tsc of the browser's code", "embed/browser"),
  node("the embed package", "tsx", "test/embed/check.ts"),
  node("unused code", "knip", "--no-progress"),
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
  const work = async (steps: readonly Step[]): Promise<void> => {
    for (const step of steps) {
      const finished = await step.run();
      results.push({ step, finished });
      console.log(`${finished.code === 0 ? "✓" : "✗"} ${step.name} (${finished.seconds.toFixed(1)} s)`);
    }
  };
  await Promise.all([work(first), work(second).then(async () => work(await preparing))]);
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
