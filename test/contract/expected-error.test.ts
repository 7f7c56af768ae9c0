import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { ExpectedError } from "../../contract/index.ts";
import { UsageError } from "../../cli/usage-error.ts";
import { root } from "../support/workshop.ts";

describe("expected errors", () => {
  it("tell their class and their cause", () => {
    const cause = new Error("below");
    class Told extends ExpectedError {}
    expect(new Told("mend it", { cause })).toMatchObject({ name: "Told", message: "mend it", cause });
    expect(new UsageError("x")).toBeInstanceOf(ExpectedError);
  });

  it("have one base; only the package for host products, which carries its own, extends Error beside it", () => {
    const files = execFileSync("git", ["ls-files", "*.ts", ":!test", ":!embed"], { cwd: root })
      .toString("utf8")
      .trim()
      .split("\n");
    expect(files.length).toBeGreaterThan(100);
    const own = files.filter((file) => /\bextends Error\b/.test(readFileSync(join(root, file), "utf8")));
    expect(own).toStrictEqual(["contract/expected-error.ts"]);
  });
});
