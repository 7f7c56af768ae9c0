import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import vectors from "../../contract/vectors/rows.json" with { type: "json" };
import { compiledText, compileFiles, policyFiles, readPolicy } from "../../runtime/policy/compiler/compile.ts";
import { explainRows } from "../../runtime/policy/report/explain.ts";
import { isClaims } from "../../runtime/tokens/claims/claims.ts";

describe("compiled row policy", () => {
  it("is current: run `npm run policy:compile` after a change of content/policies/rows.yaml", () => {
    assert.equal(readFileSync(policyFiles.compiled, "utf8"), compiledText(compileFiles()));
  });

  for (const { name, dataset, claims, sql } of vectors.rows) {
    it(`binds: ${name}`, () => {
      assert.ok(isClaims(claims));
      assert.equal(explainRows(readPolicy(), dataset, { ...claims }) ?? null, sql);
    });
  }
});
