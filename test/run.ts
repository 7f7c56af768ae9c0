import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { check } from "./check.ts";
import { countJest, countJunit, run, type Tally, tally } from "./support/suite.ts";
import { devVenv, root, workshop } from "./support/workshop.ts";

const LEFT_OUT =
  "Left to `npm run test:leaks`: every school, way, injection, route and wire trick, each lock alone and neither, and long fuzzing.";

const help = `npm test -- [options]

Without options: the checks, the unit tests, the Python tests and the tests in the browser.

  --unit         only the unit tests (TypeScript and Python)
  --e2e          only the tests against the running stack, in a real browser
  --leaks        only the leak suite, test/leaks/: attacks on a running stack, with the database as the oracle
  --runs N       how often the leak suite's generated tests run (fuzzing of tokens and payloads; default 2000)
  --all          everything, with the leak suite, the slow tests (*.slow.test.ts) and the guards' mutations as well
  --files TEXT   only test files whose path holds TEXT
  --help         this text

${LEFT_OUT}

Environment: CHROME_PATH names a Chromium; HOMEROOM_PYTHON a Python 3.11 or 3.12.
The last line is "N passed, N failed". State and logs of the tests lie in .homeroom-test/.`;

function testFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return testFiles(path);
      return entry.name.endsWith(".test.ts") ? [path] : [];
    })
    .sort();
}

interface JestSuite {
  readonly name: string;
  readonly files: readonly string[];
  readonly minutes: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs jest on these files; jest.config.mjs starts the stack for those that need one. */
async function jestSuite({ name, files, minutes, env }: JestSuite): Promise<Tally> {
  const results = join(workshop, `${name}.json`);
  mkdirSync(workshop, { recursive: true });
  rmSync(results, { force: true });
  if (files.length === 0)
    return tally(name, { code: 0, output: "", seconds: 0, timedOut: false }, { passed: 0, failed: 0, skipped: 0 });
  const command = join(root, "node_modules/.bin/jest");
  const args = ["--ci", "--json", `--outputFile=${results}`, "--runTestsByPath", ...files];
  const finished = await run({ command, args, cwd: root, minutes, ...(env ? { env } : {}) });
  return tally(name, finished, existsSync(results) ? countJest(readFileSync(results, "utf8")) : undefined);
}

async function unitSuite(files: readonly string[]): Promise<Tally> {
  return jestSuite({ name: "unit", files, minutes: 30 });
}

async function pythonSuite(name: string, tests: readonly string[], runs?: string): Promise<Tally> {
  const junit = join(workshop, `${name}.xml`);
  rmSync(junit, { force: true });
  const venv = await devVenv();
  const args = ["-m", "pytest", "-q", "-p", "no:cacheprovider", `--junitxml=${junit}`, ...tests];
  const env = {
    PYTHONPATH: join(root, "superset/src"),
    PYTHONDONTWRITEBYTECODE: "1",
    ...(runs === undefined ? {} : { HOMEROOM_PROPERTY_RUNS: runs }),
  };
  const minutes = runs === undefined ? 8 : 60;
  const finished = await run({ command: join(venv, "bin/python"), args, cwd: root, minutes, env });
  return tally(name, finished, existsSync(junit) ? countJunit(readFileSync(junit, "utf8")) : undefined);
}

/** Takes each guard of the Python package away, one at a time; a guard that no test misses is a failure. */
async function mutationSuite(): Promise<Tally> {
  const venv = await devVenv();
  const args = [join(root, "test/superset/mutations.py")];
  const finished = await run({ command: join(venv, "bin/python"), args, cwd: root, minutes: 25 });
  const counted = /(\d+) of (\d+) guards/.exec(finished.output);
  const noticed = Number(counted?.[1] ?? 0);
  const failed = counted ? Number(counted[2]) - noticed : 1;
  return tally("mutation", finished, { passed: noticed, failed, skipped: 0 });
}

/** Makes each bad edit of templates and charts, one at a time; an edit that no test misses is a failure. */
async function templateMutationSuite(): Promise<Tally> {
  const args = [join(root, "test/mutations/run.ts")];
  const finished = await run({ command: join(root, "node_modules/.bin/tsx"), args, cwd: root, minutes: 45 });
  const counted = /(\d+) of (\d+) edits/.exec(finished.output);
  const noticed = Number(counted?.[1] ?? 0);
  const failed = counted ? Number(counted[2]) - noticed : 1;
  return tally("edits", finished, { passed: noticed, failed, skipped: 0 });
}

async function guarded(suite: string, work: () => Promise<Tally>): Promise<Tally> {
  console.log(`\n══ ${suite}`);
  const began = performance.now();
  try {
    return await work();
  } catch (error) {
    const note = `${suite}: ${error instanceof Error ? error.message : String(error)}`;
    return { suite, passed: 0, failed: 1, skipped: 0, seconds: (performance.now() - began) / 1000, notes: [note] };
  }
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        unit: { type: "boolean", default: false },
        e2e: { type: "boolean", default: false },
        all: { type: "boolean", default: false },
        leaks: { type: "boolean", default: false },
        runs: { type: "string", default: "2000" },
        files: { type: "string", default: "" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    process.exit(2);
  }
}

const options = readOptions();
if (options.help) {
  console.log(help);
  process.exit(0);
}
if (!/^[1-9]\d{0,6}$/.test(options.runs)) {
  console.error(`--runs is ${JSON.stringify(options.runs)}; it must be a whole number from 1 to 9999999\n\n${help}`);
  process.exit(2);
}
let interrupted = false;
process.once("SIGINT", () => (interrupted = true));

const some = options.unit || options.e2e || options.leaks;
const files = testFiles(join(root, "test"))
  .filter((file) => options.all || !file.endsWith(".slow.test.ts"))
  .filter((file) => relative(root, file).includes(options.files));
const live = files.filter((file) => relative(root, file).startsWith("test/e2e/"));
const leaks = files.filter((file) => relative(root, file).startsWith("test/leaks/"));
const properties = files.filter((file) => file.endsWith("properties.test.ts"));
const unit = files.filter((file) => !live.includes(file) && !leaks.includes(file));
const narrowed = options.files !== "";

const suites: [string, () => Promise<Tally>][] = [];
if ((!some || options.all) && !narrowed) suites.push(["check", check]);
if (options.unit || !some || options.all) {
  if (!narrowed || unit.length > 0) suites.push(["unit", () => unitSuite(unit)]);
  if (!narrowed) suites.push(["python", () => pythonSuite("python", ["test/superset", "test/content"])]);
}
if (options.all && !narrowed) suites.push(["mutation", mutationSuite], ["edits", templateMutationSuite]);
if ((options.e2e || !some || options.all) && (!narrowed || live.length > 0))
  suites.push(["e2e", () => jestSuite({ name: "e2e", files: live, minutes: 35 })]);
if (options.leaks || options.all) {
  if (!narrowed || leaks.length > 0)
    suites.push(["leaks", () => jestSuite({ name: "leaks", files: leaks, minutes: 70 })]);
  if (!narrowed) {
    const env = { HOMEROOM_PROPERTY_RUNS: options.runs };
    suites.push(["properties", () => jestSuite({ name: "properties", files: properties, minutes: 60, env })]);
    suites.push(["fuzz", () => pythonSuite("fuzz", ["test/superset/test_properties.py"], options.runs)]);
  }
}

const tallies: Tally[] = [];
for (const [name, work] of suites) if (!interrupted) tallies.push(await guarded(name, work));

console.log("\n══ result");
if (!options.all && !options.leaks) console.log(LEFT_OUT);
for (const { suite, passed, failed, skipped, seconds, notes } of tallies) {
  console.log(`${suite.padEnd(8)} ${passed} passed, ${failed} failed, ${skipped} skipped (${seconds.toFixed(0)} s)`);
  for (const note of notes) console.log(`         ${note}`);
}
if (interrupted || tallies.length === 0)
  console.log(interrupted ? "interrupted" : `no test file's path holds "${options.files}"`);
const failed = tallies.reduce((sum, { failed: count }) => sum + count, interrupted || tallies.length === 0 ? 1 : 0);
const passed = tallies.reduce((sum, { passed: count }) => sum + count, 0);
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${passed} passed, ${failed} failed`);
