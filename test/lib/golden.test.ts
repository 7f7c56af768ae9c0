import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { reviewed } from "../charts/reviewed.ts";
import { normalised } from "./normalise.ts";
import { stateful } from "./stateful.ts";
import { environments, synthesise } from "./synthesis.ts";
import { whole } from "./whole.ts";
import { filesBelow } from "../support/files-below.ts";
import { expecting } from "../support/expecting.ts";
import { expectGolden, expectStateful } from "../support/golden.ts";

const folder = fileURLToPath(new URL("../golden/stacks/", import.meta.url));
const maxBytes = 200_000;

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
  expecting(
    `${name}: ${text.length} bytes; split it, a reviewer reads at most ${maxBytes}`,
    text.length,
  ).toBeLessThanOrEqual(maxBytes);
  return text;
}

for (const { environment, synthesis, stacks } of reviewedOnes) {
  describe(`golden files of ${environment}`, () => {
    for (const { name, subject, template } of stacks) {
      it(`keeps ${name}`, () =>
        expectGolden(small(name, normalised(template)), join(folder, environment, `${subject}.json`)));
      const objects = synthesis.objects(subject);
      if (objects.length === 0) continue;
      it(`keeps the Kubernetes objects of ${name}`, () => {
        expectGolden(small(name, reviewed(objects)), join(folder, environment, `${subject}.yaml`));
      });
    }
    it("keeps the logical id of everything that holds state", () => {
      expectStateful(`${stateful(synthesis).join("\n")}\n`, join(folder, environment, "stateful.txt"));
    });
  });
}

describe("the golden files", () => {
  it("show a tenant of each isolation", () => {
    const isolations = reviewedOnes.flatMap(({ synthesis }) => synthesis.deployment.tenants.map((it) => it.isolation));
    expect([...new Set(isolations)].sort()).toStrictEqual(["database", "instance", "shared"]);
    const subjects = reviewedOnes.flatMap(({ stacks }) => stacks.map(({ subject }) => subject));
    for (const subject of ["tenants", "tenant-south", ...ofInstance("west"), ...ofInstance("east")])
      expecting(subject, subjects).toContain(subject);
  });

  it("are no more than what is compared", () => {
    const compared = reviewedOnes.flatMap(({ environment, synthesis, stacks }) => [
      `${environment}/stateful.txt`,
      ...stacks.map(({ subject }) => `${environment}/${subject}.json`),
      ...stacks
        .filter(({ subject }) => synthesis.objects(subject).length > 0)
        .map(({ subject }) => `${environment}/${subject}.yaml`),
    ]);
    const kept = filesBelow(folder).map((file) => relative(folder, file));
    expect(kept.sort()).toStrictEqual(compared.sort());
  });
});

function ofInstance(id: string): string[] {
  return ["", "-data", "-identity", "-workload"].map((part) => `tenant-${id}${part}`);
}
