import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";
import { reviewed } from "../charts/reviewed.ts";
import { normalised } from "./normalise.ts";
import { stateful } from "./stateful.ts";
import { environments, synthesise } from "./synthesis.ts";
import { whole } from "./whole.ts";

const folder = fileURLToPath(new URL("../golden/stacks/", import.meta.url));
const maxBytes = 200_000;

function compare(path: string, text: string): void {
  const file = `${folder}${path}`;
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  assert.ok(
    existsSync(file),
    `${path} is missing: run UPDATE_GOLDEN=1 node --import tsx --test test/lib/golden.test.ts`,
  );
  assert.equal(text, readFileSync(file, "utf8"), `${path} differs: review it, then write it with UPDATE_GOLDEN=1`);
}

const shipped = Object.entries(environments).map(([environment, input]) => ({
  environment,
  synthesis: synthesise(input),
}));
const seen = new Set(shipped.flatMap(({ synthesis }) => synthesis.stacks.map(({ subject }) => subject)));
const instances = synthesise(whole);
const reviewedOnes = [
  ...shipped.map(({ environment, synthesis }) => ({ environment, synthesis, stacks: synthesis.stacks })),
  // Every kind of stack that the shipped configurations do not have: instances of tenants, with a database and without.
  {
    environment: "instances",
    synthesis: instances,
    stacks: instances.stacks.filter(({ subject }) => !seen.has(subject)),
  },
];

function small(name: string, text: string): string {
  assert.ok(text.length <= maxBytes, `${name}: ${text.length} bytes; split it, a reviewer reads at most ${maxBytes}`);
  return text;
}

for (const { environment, synthesis, stacks } of reviewedOnes) {
  describe(`golden files of ${environment}`, () => {
    for (const { name, subject, template } of stacks) {
      it(`keeps ${name}`, () => compare(`${environment}/${subject}.json`, small(name, normalised(template))));
      const objects = synthesis.objects(subject);
      if (objects.length === 0) continue;
      it(`keeps the Kubernetes objects of ${name}`, () => {
        compare(`${environment}/${subject}.yaml`, small(name, reviewed(objects)));
      });
    }
    it("keeps the logical id of everything that holds state", () => {
      compare(`${environment}/stateful.txt`, `${stateful(synthesis).join("\n")}\n`);
    });
  });
}

describe("the golden files", () => {
  it("show a tenant of each isolation", () => {
    const isolations = reviewedOnes.flatMap(({ synthesis }) => synthesis.deployment.tenants.map((it) => it.isolation));
    assert.deepEqual([...new Set(isolations)].sort(), ["database", "instance", "shared"]);
    const subjects = reviewedOnes.flatMap(({ stacks }) => stacks.map(({ subject }) => subject));
    for (const subject of ["tenants", "tenant-south", ...ofInstance("west"), ...ofInstance("east")])
      assert.ok(subjects.includes(subject), subject);
  });

  it("are no more than what is compared", () => {
    const compared = reviewedOnes.flatMap(({ environment, synthesis, stacks }) => [
      `${environment}/stateful.txt`,
      ...stacks.map(({ subject }) => `${environment}/${subject}.json`),
      ...stacks
        .filter(({ subject }) => synthesis.objects(subject).length > 0)
        .map(({ subject }) => `${environment}/${subject}.yaml`),
    ]);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const kept = files.map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
    assert.deepEqual(kept.sort(), compared.sort());
  });
});

function ofInstance(id: string): string[] {
  return ["", "-data", "-identity", "-workload"].map((part) => `tenant-${id}${part}`);
}
