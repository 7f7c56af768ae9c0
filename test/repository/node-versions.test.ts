import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import semver from "semver";
import { parse } from "yaml";
import manifest from "../../package.json" with { type: "json" };
import releases from "../node-versions/package.json" with { type: "json" };
import { expecting } from "../support/expecting.ts";
import { root } from "../support/workshop.ts";

interface Package {
  readonly engines?: { readonly node?: string };
  readonly hasInstallScript?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
}
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const lock = JSON.parse(read("package-lock.json")) as { readonly packages: Readonly<Record<string, Package>> };
const packages = Object.entries(lock.packages).filter(([path]) => path.includes("node_modules/"));

const oldest = semver.minVersion(manifest.engines.node)?.version ?? "";
const { include } = (
  parse(read(".github/workflows/ci.yml")) as {
    jobs: { test: { strategy: { matrix: { include: readonly { node: string; python: string }[] } } } };
  }
).jobs.test.strategy.matrix;

describe("Node versions", () => {
  it("of CI are the oldest that package.json allows and the current ones", () => {
    const tested = new Set(include.map(({ node }) => node));
    expect([...tested]).toEqual([oldest, "22", "24"]);
    expect(tested).toContain(read(".nvmrc").trim());
  });

  it("of npm run test:node are the same", () => {
    const versions = Object.values(releases.optionalDependencies).map((alias) =>
      alias.slice(alias.lastIndexOf("@") + 1),
    );
    expect(versions).toContain(oldest);
    expect([...new Set(versions.map((version) => semver.major(version)))]).toEqual([semver.major(oldest), 22, 24]);
  });

  it("of CI run with each Python that superset/pyproject.toml allows", () => {
    expect(read("superset/pyproject.toml")).toMatch(/requires-python = ">=3\.11,<3\.13"/);
    for (const node of [oldest, "24"]) {
      expecting(
        node,
        include.filter((one) => one.node === node).map(({ python }) => python),
      ).toEqual(["3.11", "3.12"]);
    }
  });

  for (const version of [oldest, "22.99.0", "24.99.0"]) {
    it(`are taken by every locked package: ${version}`, () => {
      const refused = packages
        .filter(([, { engines }]) => engines?.node !== undefined && !semver.satisfies(version, engines.node))
        .map(([path, { engines }]) => `${path} needs ${engines?.node ?? ""}`);
      expecting("npm ci would warn: pin an older release, or override the dependency", refused).toEqual([]);
    });
  }
});

describe("Install scripts", () => {
  const runsOn = (list: readonly string[] | undefined, one: string): boolean =>
    list === undefined || list.includes(one);
  const scripted = packages
    .filter(([, { hasInstallScript, os }]) => hasInstallScript === true && runsOn(os, "linux"))
    .filter(([, { cpu }]) => runsOn(cpu, "x64") || runsOn(cpu, "arm64"))
    .map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));

  it("are decided on, each by name, in package.json's allowScripts", () => {
    expect(Object.keys(manifest.allowScripts).sort()).toEqual([...new Set(scripted)].sort());
  });
});
