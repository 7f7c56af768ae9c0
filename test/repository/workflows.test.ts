import { accessSync, constants, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import manifest from "../../package.json" with { type: "json" };
import { root } from "../support/workshop.ts";
import { type Repository, workflowProblems } from "./workflow-rules.ts";

const folder = join(root, ".github/workflows");
const names = readdirSync(folder);

function isExecutable(path: string): boolean {
  try {
    accessSync(join(root, path), constants.X_OK);
    return statSync(join(root, path)).isFile();
  } catch {
    return false;
  }
}

const repository: Repository = { scripts: Object.keys(manifest.scripts), isExecutable };

describe("workflows", () => {
  it("are those for CI, pull requests and releases", () => {
    expect(names.sort()).toEqual(["ci.yml", "pull-request.yml", "release.yml"]);
  });

  for (const name of names) {
    it(`keep the rules: ${name}`, () => {
      expect(workflowProblems(readFileSync(join(folder, name), "utf8"), repository)).toEqual([]);
    });
  }
});

describe("rules of workflows", () => {
  const pinned = `actions/checkout@${"a".repeat(40)}`;
  const good = {
    on: "on: pull_request",
    permissions: "permissions: { contents: read }",
    job: "timeout-minutes: 5",
    steps: `\n      - uses: ${pinned} # v7.0.1\n        with: { persist-credentials: false }\n      - run: .ci/run`,
  };
  const problemsOf = (change: Partial<typeof good>): string[] => {
    const { on, permissions, job, steps } = { ...good, ...change };
    return workflowProblems(`${on}\n${permissions}\njobs:\n  one:\n    ${job}\n    steps:${steps}\n`, repository);
  };
  const run = (line: string): string => `\n      - run: ${line}`;

  it("accept a workflow that keeps them", () => expect(problemsOf({})).toEqual([]));

  const bad: Record<string, [Partial<typeof good>, RegExp]> = {
    "no permissions": [{ permissions: "" }, /no permissions/],
    "permission to write everywhere": [{ permissions: "permissions: { contents: write }" }, /may write/],
    "write-all": [{ permissions: "permissions: write-all" }, /may write/],
    pull_request_target: [{ on: "on: [pull_request_target]" }, /pull_request_target/],
    "no time limit": [{ job: "runs-on: x" }, /timeout-minutes/],
    "an action by tag": [{ steps: "\n      - uses: actions/setup-node@v7" }, /40-digit/],
    "an action without its version": [
      { steps: `\n      - uses: actions/setup-node@${"b".repeat(40)}` },
      /as a comment/,
    ],
    "a token left in the clone": [{ steps: `\n      - uses: ${pinned} # v7.0.1` }, /persist-credentials/],
    "an event in shell": [{ steps: run(".ci/run ${{ github.event.pull_request.title }}") }, /splices/],
    "a script that is not there": [{ steps: run(".ci/walk") }, /no executable/],
    "a folder": [{ steps: run("test") }, /no executable/],
    "an npm script that is not there": [{ steps: run("npm run chekc") }, /"chekc"/],
    "a shell command": [{ steps: run("curl example.org") }, /"curl"/],
    "a second line": [{ steps: run("|\n          npm ci\n          rm -rf x") }, /"rm"/],
    "a second command": [{ steps: run("npm ci && curl example.org") }, /joins commands/],
    "a pipe": [{ steps: run("npm test | tee x") }, /joins commands/],
    "a command in a command": [{ steps: run("npm test -- $(cat x)") }, /joins commands/],
    "npm publish": [{ steps: run("npm publish") }, /"npm publish"/],
    "npm pack for real": [{ steps: run("npm pack") }, /--dry-run/],
    "no steps": [{ steps: " []" }, /steps/],
  };
  for (const [name, [change, message]] of Object.entries(bad)) {
    it(`refuse ${name}`, () => {
      const problems = problemsOf(change);
      expect(problems).toEqual([expect.stringMatching(message)]);
    });
  }

  it("refuse text that is no YAML", () => expect(() => workflowProblems("on: [", repository)).toThrow());
  it("refuse a key given twice", () =>
    expect(() => workflowProblems("on: push\non: push\njobs: {}\n", repository)).toThrow(/unique/));
});
