import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { expecting } from "../support/expecting.ts";
import { root } from "../support/workshop.ts";

const folders = ["superset", "local", "test/aws", "test/templates"];
const inputs = folders.flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".in"))
    .map((name) => join(folder, name)),
);

/** Pins of a requirements file, by name as PyPI compares names (PEP 503). */
function pins(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;\\]+)/gm)].map(([, name = "", version = ""]) => [
      name.toLowerCase().replace(/[._-]+/g, "-"),
      version,
    ]),
  );
}

describe("Python locks", () => {
  it("are looked for", () => expect(inputs.length).toBeGreaterThanOrEqual(5));

  for (const input of inputs) {
    const lock = input.replace(/\.in$/, ".lock");
    it(`hold the versions of ${input}`, () => {
      const locked = pins(readFileSync(join(root, lock), "utf8"));
      expect(locked.size).toBeGreaterThan(0);
      for (const [name, version] of pins(readFileSync(join(root, input), "utf8"))) {
        expecting(
          `${lock} is stale for ${name}: write it with uv pip compile (CONTRIBUTING.md)`,
          locked.get(name),
        ).toBe(version);
      }
    });
  }
});
