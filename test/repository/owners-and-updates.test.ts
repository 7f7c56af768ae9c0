import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { root } from "../support/workshop.ts";

function read(path: string): string {
  return readFileSync(join(root, ".github", path), "utf8");
}

describe("CODEOWNERS", () => {
  const rows = read("CODEOWNERS")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(/\s+/));

  it("names paths that exist, and owners for each", () => {
    assert.equal(rows[0]?.[0], "*");
    for (const [path = "", ...owners] of rows) {
      if (path !== "*") assert.ok(existsSync(join(root, path)), `${path} is not there`);
      assert.ok(owners.length > 0 && owners.every((owner) => owner.startsWith("@")), path);
    }
  });
});

describe("dependabot.yml", () => {
  interface Update {
    readonly "package-ecosystem": string;
    readonly directory?: string;
    readonly directories?: readonly string[];
    readonly cooldown?: { readonly "default-days"?: number };
  }
  const { updates } = parse(read("dependabot.yml")) as { updates: readonly Update[] };
  const files: Record<string, string> = {
    npm: "package-lock.json",
    pip: "requirements.in",
    "github-actions": ".github/workflows",
    docker: "Dockerfile",
  };
  const foldersOf = ({ directory, directories }: Update): readonly string[] => directories ?? [directory ?? ""];

  it("watches every kind of dependency where it lies", () => {
    assert.deepEqual(updates.map((update) => update["package-ecosystem"]).sort(), Object.keys(files).sort());
    for (const update of updates) {
      const file = files[update["package-ecosystem"]] ?? "";
      for (const folder of foldersOf(update)) assert.ok(existsSync(join(root, folder, file)), join(folder, file));
    }
  });

  it("watches every folder with Python requirements", () => {
    const watched = updates.filter((update) => update["package-ecosystem"] === "pip").flatMap(foldersOf);
    const skipped = ["node_modules", ".git", ".homeroom", ".homeroom-test", "cdk.out", "dist"];
    const search = (folder: string): string[] =>
      readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
        if (entry.isDirectory()) return skipped.includes(entry.name) ? [] : search(`${folder}${entry.name}/`);
        return entry.name === "requirements.in" ? [`/${folder.replace(/\/$/, "")}`] : [];
      });
    assert.deepEqual([...watched].sort(), search("").sort());
  });

  it("lets every new version wait", () => {
    for (const { cooldown } of updates) assert.ok((cooldown?.["default-days"] ?? 0) >= 3);
  });
});

describe("issue forms", () => {
  interface Form {
    readonly name?: string;
    readonly description?: string;
    readonly body?: readonly { readonly type: string }[];
  }
  for (const name of ["bug.yml", "feature.yml", "security.yml"]) {
    it(`ask for something: ${name}`, () => {
      const form = parse(read(`ISSUE_TEMPLATE/${name}`)) as Form;
      assert.ok(form.name && form.description);
      assert.ok(form.body?.some(({ type }) => type !== "markdown"));
    });
  }

  it("send weaknesses to the private way of SECURITY.md", () => {
    for (const name of ["bug.yml", "security.yml"]) {
      assert.match(read(`ISSUE_TEMPLATE/${name}`), /\(\.\.\/security\/advisories\/new\)[^]*SECURITY\.md/);
    }
    assert.match(readFileSync(join(root, "SECURITY.md"), "utf8"), /security advisories/);
  });
});
