import { describe, expect, it } from "@jest/globals";
import vector from "../../contract/vectors/added-claim.json" with { type: "json" };
import vectors from "../../contract/vectors/claims.json" with { type: "json" };
import { claimOf } from "../../cli/claim-option.ts";
import { schemaOfClaims } from "../../runtime/policy/language/claims-schema.ts";
import { explainRows } from "../../runtime/policy/report/explain.ts";
import { claimsValidator } from "../../runtime/tokens/claims/claims-validator.ts";
import { policyWithAddedClaim, withAddedClaim } from "./added-claim.ts";

describe("a claim that an operator adds to the schema", () => {
  const principal = vectors.accepted[0]?.claims;
  const accepts = claimsValidator(withAddedClaim());

  it("is judged by it in a token", () => {
    expect(accepts({ ...principal, [vector.claim]: vector.accepted })).toBe(true);
    expect(accepts({ ...principal })).toBe(false);
    for (const value of [...vector.refused, "north campus"])
      expect(accepts({ ...principal, [vector.claim]: value })).toBe(false);
  });

  it("binds rows", () => {
    const claims = { ...principal, role: vector.policy.role, [vector.claim]: vector.accepted };
    expect(explainRows(policyWithAddedClaim(), vector.policy.dataset, claims)).toBe(vector.sql);
  });

  it("is given on the command line by the type that it has there", () => {
    const schema = schemaOfClaims(withAddedClaim());
    const given = `${vector.claim}=${vector.accepted}`;
    expect(claimOf(given, { user_id: 1 }, schema)).toStrictEqual({ user_id: 1, [vector.claim]: vector.accepted });
    expect(claimOf("class_ids=1,2")).toStrictEqual({ class_ids: [1, 2] });
    expect(claimOf("school_id=1")).toStrictEqual({ school_id: 1 });
    expect(() => claimOf(given)).toThrow(/has no claim "campus_id" that rows can be bound to/);
    expect(() => claimOf("campus_id=")).toThrow(/is not NAME=VALUE/);
    expect(() => claimOf("school_id=one")).toThrow(/whole number/);
  });
});
