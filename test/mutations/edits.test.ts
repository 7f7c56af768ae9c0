import { describe, expect, it } from "@jest/globals";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { edits } from "./edits.ts";

const root = join(import.meta.dirname, "../..");

describe("the bad edits of templates and charts", () => {
  it("are at least 60, each of a guard of its own", () => {
    const guards = edits.map(({ guard }) => guard);
    expect(guards.length).toBeGreaterThanOrEqual(60);
    expect(guards.filter((guard, index) => guards.indexOf(guard) !== index)).toStrictEqual([]);
  });

  it("find their text once in the source as it is", () => {
    const lost = edits
      .filter(({ file, old }) => readFileSync(join(root, file), "utf8").split(old).length !== 2)
      .map(({ guard, file }) => `${guard}: ${file}`);
    expect(lost).toStrictEqual([]);
  });

  it("name a test that compares no golden file", () => {
    expect(edits.filter(({ test }) => !existsSync(join(root, test)) || /golden/.test(test))).toStrictEqual([]);
  });
});
