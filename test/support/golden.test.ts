import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import { expectGolden, expectStateful } from "./golden.ts";
import { thrown } from "./thrown.ts";

const folder = mkdtempSync(join(tmpdir(), "homeroom-golden-"));
const file = join(folder, "reviewed.txt");
const numbered = (change: Readonly<Record<number, string>> = {}): string =>
  Array.from({ length: 400 }, (_, index) => `${change[index + 1] ?? `line ${index + 1}`}\n`).join("");

/** Runs the work as under one of jest's modes: `-u` is "all", `--ci` is "none". */
function under(mode: "all" | "new" | "none", work: () => void): void {
  const before = expect.getState();
  const snapshotState = { _updateSnapshot: mode, added: 0, matched: 0, unmatched: 0, updated: 0 };
  expect.setState({ snapshotState } as unknown as typeof before);
  try {
    work();
  } finally {
    expect.setState(before);
  }
}

afterAll(() => rmSync(folder, { recursive: true }));

describe("a golden file", () => {
  beforeEach(() => writeFileSync(file, numbered()));

  it("shows the changed lines alone, with three around them", () => {
    let error: unknown;
    under("none", () => (error = thrown(() => expectGolden(numbered({ 100: "another" }), file))));
    const shown = (error as Error).message.split("\n").filter((line) => /^[-+ ]/.test(line));
    expect(shown).toStrictEqual([
      " line 97",
      " line 98",
      " line 99",
      "-line 100",
      "+another",
      " line 101",
      " line 102",
      " line 103",
    ]);
  });

  it("says how many lines it does not show", () => {
    const all = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [index + 1, "x"]));
    under("none", () => expect(() => expectGolden(numbered(all), file)).toThrow(/… and \d+ more lines/));
  });

  it("is written by -u, and by a first run, but not in continuous integration", () => {
    under("all", () => expectGolden("new\n", file));
    expect(readFileSync(file, "utf8")).toBe("new\n");
    under("new", () => expectGolden("first\n", join(folder, "first.txt")));
    expect(readFileSync(join(folder, "first.txt"), "utf8")).toBe("first\n");
    under("new", () => expect(() => expectGolden("newer\n", file)).toThrow(/differs/));
    under("none", () => expect(() => expectGolden("x\n", join(folder, "none.txt"))).toThrow(/none\.txt is missing/));
  });
});

describe("the table of everything that holds state", () => {
  beforeEach(() => {
    writeFileSync(file, "kept\n");
    delete process.env["HOMEROOM_ACCEPT_STATEFUL"];
  });

  it("is left alone by -u", () => {
    under("all", () => expect(() => expectStateful("renamed\n", file)).toThrow(/HOMEROOM_ACCEPT_STATEFUL=1/));
    expect(readFileSync(file, "utf8")).toBe("kept\n");
  });

  it("is written by its own switch", () => {
    process.env["HOMEROOM_ACCEPT_STATEFUL"] = "1";
    under("none", () => expectStateful("renamed\n", file));
    expect(readFileSync(file, "utf8")).toBe("renamed\n");
  });
});
