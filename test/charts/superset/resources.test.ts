import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { root } from "../../support/workshop.ts";
import { named, specOf, type Workload } from "../manifests.ts";
import { present } from "../../support/narrowing.ts";

const upTo = (step: number, value: number): number => Math.ceil(value / step) * step;
const units: Readonly<Record<string, number>> = { Gi: 1024, Mi: 1 };

function mebibytes(quantity = ""): number {
  const [, amount, unit = ""] = /^(\d+)(Gi|Mi)$/.exec(quantity) ?? [];
  return Number(amount) * (units[unit] ?? Number.NaN);
}

/** Columns of docs/resources.md: container, processes, idle (RSS, mean, p95), load (RSS, mean, p95). */
const measured = [
  ...readFileSync(join(root, "docs/resources.md"), "utf8").matchAll(
    /^\| (\w+) \| \d+ \|(?:[^|]*\|){3} (\d+) MiB \| (\d+)m \|/gm,
  ),
].map(([, component = "", resident, cores]) => ({ component, resident: Number(resident), cores: Number(cores) }));

describe("what pods ask for", () => {
  it("was measured for every process that serves", () => {
    expect(measured.map(({ component }) => component)).toStrictEqual(["web", "worker", "beat", "tokens"]);
  });

  for (const { component, resident, cores } of measured) {
    it(`follows the rules of docs/resources.md: ${component}`, () => {
      const { template } = specOf<Workload>(named("Deployment", `superset-${component}`));
      const [container] = template.spec.containers;
      present(container);
      const { requests, limits } = container.resources;
      const memory = upTo(128, 1.5 * resident);
      expect(mebibytes(requests["memory"])).toBe(memory);
      expect(mebibytes(limits["memory"])).toBe(2 * memory);
      expect(requests["cpu"]).toBe(`${upTo(50, Math.max(1, cores))}m`);
    });
  }
});
