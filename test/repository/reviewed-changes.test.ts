import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { type Change, changesSince, summary } from "./reviewed-changes.ts";

const change: Change = { file: "test/golden/a.yaml", added: 1, removed: 1, diff: "@@ -1 +1 @@\n-a: 1\n+a: 2\n" };

describe("summary of reviewed changes", () => {
  it("says when there is none", () => expect(summary([])).toMatch(/No reviewed file changes/));

  it("shows counts and the changed lines", () => {
    const text = summary([change]);
    expect(text).toMatch(/\| test\/golden\/a\.yaml \| 1 \| 1 \|/);
    expect(text).toMatch(/```diff\n@@ -1 \+1 @@\n-a: 1\n\+a: 2\n```/);
    expect(text).not.toMatch(/Warning/);
  });

  it("warns of a resource with state that goes, not of one that comes", () => {
    const file = "test/golden/stacks/prod/stateful.txt";
    expect(summary([{ ...change, file, removed: 2 }])).toMatch(/Warning.*stateful\.txt loses 2 rows/);
    expect(summary([{ ...change, file, removed: 0 }])).not.toMatch(/Warning/);
  });

  it("fences what holds a fence, so that a snapshot cannot write to the page", () => {
    expect(summary([{ ...change, diff: "+```\n+<h1>approved</h1>\n" }])).toMatch(/````diff\n/);
  });

  it("leaves a huge diff out and says its size", () => {
    const text = summary([{ ...change, diff: "+x\n".repeat(100_000) }]);
    expect(text).toMatch(/the diff has 300000 bytes/);
    expect(text.length).toBeLessThan(1000);
  });
});

describe("reviewed changes of a branch", () => {
  const clone = mkdtempSync(join(tmpdir(), "homeroom-review-"));
  afterAll(() => rmSync(clone, { recursive: true, force: true }));
  const git = (...args: string[]): void => {
    execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@homeroom.invalid", ...args], { cwd: clone });
  };
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(clone, path)), { recursive: true });
    writeFileSync(join(clone, path), text);
  };
  git("init", "--quiet", "--initial-branch", "main");
  write("test/golden/stacks/a.json", "{}\n");
  write("test/lib/__snapshots__/b.snap", "one\n");
  write("lib/c.ts", "one\n");
  git("add", ".");
  git("commit", "--quiet", "--message", "Begin");
  git("switch", "--quiet", "--create", "change");
  write("test/golden/stacks/a.json", "{\n}\n");
  write("test/lib/__snapshots__/b.snap", "two\n");
  write("lib/c.ts", "two\n");
  git("commit", "--quiet", "--all", "--message", "Change");

  it("are those of golden files and snapshots, since the branches parted", () => {
    const changes = changesSince("main", clone);
    expect(changes.map(({ file, added, removed }) => [file, added, removed])).toEqual([
      ["test/golden/stacks/a.json", 2, 1],
      ["test/lib/__snapshots__/b.snap", 1, 1],
    ]);
    expect(changes[1]?.diff ?? "").toMatch(/^@@.*@@\n-one\n\+two\n$/);
  });

  it("refuse a base that is no commit, an option as well", () => {
    for (const base of ["nowhere", "--output=x", ""]) expect(() => changesSince(base, clone)).toThrow(/is no commit/);
  });
});
