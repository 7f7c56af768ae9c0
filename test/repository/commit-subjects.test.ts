import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { root } from "../support/workshop.ts";
import { problemsSince, subjectProblems } from "./commit-subjects.ts";

const clone = mkdtempSync(join(tmpdir(), "homeroom-subjects-"));
const git = (...args: readonly string[]): string =>
  execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@homeroom.invalid", ...args], {
    cwd: clone,
    encoding: "utf8",
  });
afterAll(() => rmSync(clone, { recursive: true, force: true }));

describe("subjects of commits", () => {
  it("have at most 72 characters, a capital letter first and no full stop", () => {
    expect(subjectProblems(`Read ${"é".repeat(67)}`)).toStrictEqual([]);
    expect(subjectProblems(`Read ${"é".repeat(68)}`)).toStrictEqual([
      "has 73 characters; at most 72, and the reason goes into the body",
    ]);
    expect(subjectProblems("fix it.")).toStrictEqual([
      "does not begin with a capital letter",
      "ends with a full stop; leave it out",
    ]);
  });

  it("are judged from where a branch left its base", () => {
    git("init", "--quiet");
    git("commit", "--quiet", "--allow-empty", "-m", "not judged.");
    git("branch", "base");
    git("commit", "--quiet", "--allow-empty", "-m", "Judge this");
    expect(problemsSince("base", clone)).toStrictEqual([]);
    git("commit", "--quiet", "--allow-empty", "-m", "judge this");
    expect(problemsSince("base", clone)).toStrictEqual([
      expect.stringMatching(/^[0-9a-f]+ "judge this": the subject does not begin with a capital letter$/),
    ]);
    expect(() => problemsSince("nowhere", clone)).toThrow(/nowhere/);
  });

  it("are judged in each pull request", () => {
    const workflow = readFileSync(join(root, ".github/workflows/pull-request.yml"), "utf8");
    expect(workflow).toMatch(/run: npm run --silent review:subjects -- "origin\/\$GITHUB_BASE_REF"/);
  });
});
