import { join } from "node:path";
import { type Finished, run, type Tally } from "./support/suite.ts";
import { devVenv, root } from "./support/workshop.ts";

interface Step {
  readonly name: string;
  readonly run: () => Promise<Finished>;
}

const bin = (name: string): string => join(root, "node_modules/.bin", name);
const node = (name: string, command: string, ...args: string[]): Step => ({
  name,
  run: () => run({ command: bin(command), args, cwd: root, minutes: 5, quiet: true }),
});

function python(venv: string, name: string, ...args: string[]): Step {
  const command = join(venv, "bin", name);
  return { name, run: () => run({ command, args, cwd: join(root, "superset"), minutes: 5, quiet: true }) };
}

async function pythonSteps(): Promise<Step[]> {
  try {
    const venv = await devVenv();
    return [
      python(venv, "ruff", "ruff", "check", ".", "../test"),
      python(venv, "ruff's format", "ruff", "format", "--check", ".", "../test"),
      python(venv, "mypy", "src"),
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
  await Promise.all([
    work([node("prettier", "prettier", "--check", "."), node("eslint", "eslint", ".", "--max-warnings", "0")]),
    work([
      node("tsc", "tsc", "--noEmit", "-p", "."),
      node("tsc of the browser's code", "tsc", "--noEmit", "-p", "embed/browser"),
    ]).then(async () => work(await preparing)),
  ]);
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
