import assert from "node:assert/strict";
import { describe, it } from "node:test";
import vector from "../../contract/vectors/added-claim.json" with { type: "json" };
import vectors from "../../contract/vectors/claims.json" with { type: "json" };
import { claimOf } from "../../cli/claim-option.ts";
import { schemaOfClaims } from "../../runtime/policy/language/claims-schema.ts";
import { explainRows } from "../../runtime/policy/report/explain.ts";
import { claimsValidator } from "../../runtime/tokens/claims/claims.ts";
import { policyWithAddedClaim, withAddedClaim } from "./added-claim.ts";

describe("a claim that an operator adds to the schema", () => {
  const principal = vectors.accepted[0]?.claims;
  const accepts = claimsValidator(withAddedClaim());

  it("is judged by it in a token", () => {
    assert.ok(accepts({ ...principal, [vector.claim]: vector.accepted }));
    assert.ok(!accepts({ ...principal }));
    for (const value of [...vector.refused, "north campus"])
      assert.ok(!accepts({ ...principal, [vector.claim]: value }));
  });

  it("binds rows", () => {
    const claims = { ...principal, role: vector.policy.role, [vector.claim]: vector.accepted };
    assert.equal(explainRows(policyWithAddedClaim(), vector.policy.dataset, claims), vector.sql);
  });

  it("is given on the command line by the type that it has there", () => {
    const schema = schemaOfClaims(withAddedClaim());
    const given = `${vector.claim}=${vector.accepted}`;
    assert.deepEqual(claimOf(given, { user_id: 1 }, schema), { user_id: 1, [vector.claim]: vector.accepted });
    assert.deepEqual(claimOf("class_ids=1,2"), { class_ids: [1, 2] });
    assert.deepEqual(claimOf("school_id=1"), { school_id: 1 });
    assert.throws(() => claimOf(given), /has no claim "campus_id" that rows can be bound to/);
    assert.throws(() => claimOf("campus_id="), /is not NAME=VALUE/);
    assert.throws(() => claimOf("school_id=one"), /whole number/);
  });
});
