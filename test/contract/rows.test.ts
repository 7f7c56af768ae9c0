import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import vectors from "../../contract/vectors/rows.json" with { type: "json" };
import { compiledText, compileFiles, policyFiles, readPolicy } from "../../runtime/policy/compiler/compile.ts";
import { explainRows } from "../../runtime/policy/report/explain.ts";
import { isClaims } from "../../runtime/tokens/claims/claims.ts";

describe("compiled row policy", () => {
  it("is current: run `npm run policy:compile` after a change of content/policies/rows.yaml", () => {
    expect(readFileSync(policyFiles.compiled, "utf8")).toBe(compiledText(compileFiles()));
  });

  for (const { name, dataset, claims, sql } of vectors.rows) {
    it(`binds: ${name}`, () => {
      expect(isClaims(claims)).toBe(true);
      expect(explainRows(readPolicy(), dataset, { ...claims }) ?? null).toBe(sql);
    });
  }
});
