// UPDATE_GOLDEN=1 rewrites the golden file; a changed golden gets a sentence in the pull request.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { manifests } from "./manifests.ts";
import { reviewed } from "./reviewed.ts";

const file = fileURLToPath(new URL("../golden/manifests/superset.yaml", import.meta.url));
const kubectlBudgetBytes = 200_000;

describe("the manifests", () => {
  it("are the reviewed ones", () => {
    const text = reviewed(manifests());
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
