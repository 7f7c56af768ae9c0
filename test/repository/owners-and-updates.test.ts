import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { expecting } from "../support/expecting.ts";
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
    expect(rows[0]?.[0]).toBe("*");
    for (const [path = "", ...owners] of rows) {
      if (path !== "*") expecting(path, existsSync(join(root, path))).toBe(true);
      expecting(path, owners.length).toBeGreaterThan(0);
      for (const owner of owners) expecting(path, owner).toMatch(/^@/);
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
    expect(updates.map((update) => update["package-ecosystem"]).sort()).toEqual(Object.keys(files).sort());
    for (const update of updates) {
      const file = files[update["package-ecosystem"]] ?? "";
      for (const folder of foldersOf(update))
        expecting(join(folder, file), existsSync(join(root, folder, file))).toBe(true);
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
    expect([...watched].sort()).toEqual(search("").sort());
  });

  it("lets every new version wait", () => {
    for (const { cooldown } of updates) expect(cooldown?.["default-days"]).toBeGreaterThanOrEqual(3);
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
      expect(form).toMatchObject({ name: expect.any(String), description: expect.any(String) });
      expect(form.body?.filter(({ type }) => type !== "markdown")).not.toEqual([]);
    });
  }

  it("send weaknesses to the private way of SECURITY.md", () => {
    for (const name of ["bug.yml", "security.yml"]) {
      expecting(name, read(`ISSUE_TEMPLATE/${name}`)).toMatch(/\(\.\.\/security\/advisories\/new\)[^]*SECURITY\.md/);
    }
    expect(readFileSync(join(root, "SECURITY.md"), "utf8")).toMatch(/security advisories/);
  });
});
