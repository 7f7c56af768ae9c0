import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { run } from "../support/suite.ts";
import { root, workshop } from "../support/workshop.ts";
import { type Edit, edits } from "./edits.ts";

const help = `npm run test:mutations -- [--part N/M] [words]

Makes each bad edit of test/mutations/edits.ts in a copy of the sources and expects the named test to fail.
With words, only edits whose guard or file holds one of them. Two run at once; all take about ten minutes.
With --part N/M, only the Nth of M parts of about the same length, such as --part 2/6.
Ends with 0 when every edit was noticed, 1 when one was not, 2 when no edit matches or a test is red without one.`;

const jest = join(root, "node_modules/jest/bin/jest.js");

/** Copies the tracked files below the workshop, where Node.js finds the packages of this repository above them. */
async function copySources(folder: string): Promise<void> {
  const listed = await run({ command: "git", args: ["ls-files", "-z"], cwd: root, minutes: 1, quiet: true });
  if (listed.code !== 0) throw new Error(`git ls-files failed: ${listed.output}`);
  rmSync(folder, { recursive: true, force: true });
  for (const file of listed.output.split("\0").filter((name) => name !== "" && !name.startsWith("docs/screenshots/"))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
}

/** Runs test files in a copy of the sources. @throws Error when none of them ran */
async function passes(tests: readonly string[], folder: string): Promise<{ passed: boolean; output: string }> {
  const args = ["--experimental-vm-modules", jest, "--silent", "--runInBand", "--runTestsByPath", ...tests];
  const { code, output } = await run({ command: process.execPath, args, cwd: folder, minutes: 10, quiet: true });
  if (!/^Tests: /m.test(output) && !/Test suite failed to run/.test(output))
    throw new Error(`${tests.join(", ")} did not run:\n${output.slice(-2000)}`);
  return { passed: code === 0, output };
}

/** Tells whether the edit turns its test red. */
async function isNoticed({ file, old, replacement, test }: Edit, folder: string): Promise<boolean> {
  const path = join(folder, file);
  const source = readFileSync(path, "utf8");
  if (source.split(old).length !== 2) throw new Error(`${file} holds the text of the edit not once: ${old}`);
  writeFileSync(
    path,
    source.replace(old, () => replacement),
  );
  try {
    return !(await passes([test], folder)).passed;
  } finally {
    writeFileSync(path, source);
  }
}

function refuse(message: string): never {
  console.error(`${message}\n\n${help}`);
  process.exit(2);
}

function readOptions() {
  try {
    return parseArgs({
      options: { part: { type: "string", default: "1/1" }, help: { type: "boolean", default: false } },
      allowPositionals: true,
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const {
  values: { part, help: asksForHelp },
  positionals: words,
} = readOptions();
if (asksForHelp) {
  console.log(help);
  process.exit(0);
}
const [, index = 0, parts = 0] = (/^(\d{1,3})\/(\d{1,3})$/.exec(part) ?? []).map(Number);
if (index < 1 || index > parts)
  refuse(`--part is ${JSON.stringify(part)}; it must be N/M with N from 1 to M, such as 2/6`);
const matching = edits.filter(
  ({ guard, file }) => words.length === 0 || words.some((word) => guard.includes(word) || file.includes(word)),
);
if (matching.length === 0) refuse(`No edit's guard or file holds ${words.join(" or ")}.`);
const size = matching.length / parts;
const chosen = matching.slice(Math.round((index - 1) * size), Math.round(index * size));

const folders = [1, 2].map((number) => join(workshop, `mutations-${number}`));
await Promise.all(folders.map(copySources));
// A test that is red already would notice everything.
const before = await passes([...new Set(chosen.map(({ test }) => test))], folders[0] ?? workshop);
if (!before.passed) {
  console.error(`A named test fails without any edit:\n${before.output.slice(-4000)}`);
  process.exit(2);
}

const survivors: Edit[] = [];
const waiting = [...chosen];
async function work(folder: string): Promise<void> {
  for (let edit = waiting.shift(); edit !== undefined; edit = waiting.shift()) {
    const noticed = await isNoticed(edit, folder);
    if (!noticed) survivors.push(edit);
    console.log(`${noticed ? "✓" : "✗ survived:"} ${edit.guard} (${edit.file})`);
  }
  rmSync(folder, { recursive: true, force: true });
}
await Promise.all(folders.map(work));
for (const { guard, test } of survivors) console.log(`${test} does not notice that "${guard}" is gone`);
console.log(`${chosen.length - survivors.length} of ${chosen.length} edits were noticed`);
process.exitCode = survivors.length === 0 ? 0 : 1;
