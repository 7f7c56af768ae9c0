// UPDATE_GOLDEN=1 rewrites the golden file; a changed golden gets a sentence in the pull request.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { manifests } from "./manifests.ts";

const file = fileURLToPath(new URL("../golden/manifests/superset.yaml", import.meta.url));
const kubectlBudgetBytes = 200_000;

/** Keys sorted, objects by kind and name, checksums as a word: a diff shows what changed and nothing else. */
function normalised(): string {
  return manifests()
    .map((manifest) => stringify(manifest, { sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false }))
    .map((text) => text.replace(/(config-checksum: )"?[0-9a-f]{64}"?/g, "$1CHECKSUM"))
    .sort((a, b) => (order(a) < order(b) ? -1 : 1))
    .join("---\n");
}

function order(text: string): string {
  return `${/^kind: (.*)$/m.exec(text)?.[1]}/${/^ {2}name: (.*)$/m.exec(text)?.[1]}`;
}

describe("the manifests", () => {
  it("are the reviewed ones", () => {
    const text = normalised();
    if (process.env["UPDATE_GOLDEN"] === "1") {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    assert.equal(text, readFileSync(file, "utf8"));
  });

  it("stay within what one kubectl payload carries", () => {
    assert.ok(Buffer.byteLength(JSON.stringify(manifests())) < kubectlBudgetBytes);
    assert.ok(Buffer.byteLength(readFileSync(file)) < kubectlBudgetBytes);
  });
});
