import { describe, expect, it } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../support/workshop.ts";

/** `Superset 6.1`, `Superset 6.1.0`, `homeroom/superset:6.1.0` and `<repository>:6.1.0`. */
const mention = /(?:Superset |(?:superset|<repository>):)(\d+\.\d+(?:\.\d+)?)/g;

/** History, plans, generated files and this test may name other releases. */
const others =
  /^(docs\/adr\/|CHANGELOG\.md|CONTRIBUTING\.md|test\/docs\/superset-version\.test\.ts|docs\/releasing\.md)|\.lock$|package-lock\.json$/;

const pinned = /^apache-superset==(\d+\.\d+\.\d+)$/m.exec(
  readFileSync(join(root, "superset/requirements.in"), "utf8"),
)?.[1];

function mentions(file: string): string[] {
  return [...readFileSync(join(root, file), "utf8").matchAll(mention)].map(([, version]) => version ?? "");
}

describe("Superset's release", () => {
  it("is pinned in superset/requirements.in and the lock that follows from it", () => {
    expect(pinned).toBeDefined();
    for (const lock of ["requirements.lock", "requirements-dev.lock"]) {
      expect(readFileSync(join(root, "superset", lock), "utf8")).toMatch(
        new RegExp(`^apache-superset==${pinned} `, "m"),
      );
    }
  });

  it("is the one that every page and comment names", () => {
    const files = execFileSync("git", ["ls-files", "*.md", "*.py", "*.ts", "superset/Dockerfile"], { cwd: root })
      .toString("utf8")
      .trim()
      .split("\n")
      .filter((file) => !others.test(file));
    const named = files.flatMap((file) => mentions(file).map((version) => ({ file, version })));
    expect(named.length).toBeGreaterThan(5);
    const release = `${pinned}.`;
    expect(named.filter(({ version }) => !release.startsWith(`${version}.`))).toStrictEqual([]);
  });
});
