import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";
import { normalised } from "./normalise.ts";
import { stateful } from "./stateful.ts";
import { environments, synthesise } from "./synthesis.ts";

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

for (const [environment, input] of Object.entries(environments)) {
  describe(`golden templates of ${environment}`, () => {
    const synthesis = synthesise(input);
    for (const { name, subject, template } of synthesis.stacks) {
      it(`keeps ${name}`, () => {
        const text = normalised(template);
        assert.ok(
          text.length <= maxBytes,
          `${name}: ${text.length} bytes; split the stack, a reviewer reads at most ${maxBytes}`,
        );
        compare(`${environment}/${subject}.json`, text);
      });
    }
    it("keeps the logical id of everything that holds state", () => {
      compare(`${environment}/stateful.txt`, `${stateful(synthesis).join("\n")}\n`);
    });
  });
}
