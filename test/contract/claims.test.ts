import { describe, expect, it } from "@jest/globals";
import { claimsSchema, platform } from "../../contract/index.ts";
import vectors from "../../contract/vectors/claims.json" with { type: "json" };
import { claimProblems } from "../../runtime/tokens/claims/claims.ts";

describe("claims schema", () => {
  for (const { name, claims } of vectors.accepted) {
    it(`accepts: ${name}`, () => expect(claimProblems(claims)).toStrictEqual([]));
  }

  for (const { name, claims } of vectors.refused) {
    it(`refuses: ${name}`, () => expect(claimProblems(claims)).not.toEqual([]));
  }

  it("names each wrong claim and only those", () => {
    const [principal] = vectors.accepted;
    const problems = claimProblems({ ...principal?.claims, school_id: "42 OR 1=1", class_ids: [1], admin: true });
    expect(problems.sort()).toStrictEqual(
      [
        "class_ids: a token of this role must not carry it",
        'claims: unknown member "admin"; remove it',
        "school_id: must be a whole number, or a UUID in small letters",
      ].sort(),
    );
  });

  it("allows as many classes as platform.json says", () => {
    expect(claimsSchema.properties.class_ids.maxItems).toBe(platform.limits.classIdsMax);
  });
});
