import assert from "node:assert/strict";
import { describe, it } from "node:test";
import file from "../../contract/vectors/signed-claims.json" with { type: "json" };
import { ClaimsKeyError, readClaimsKey } from "../../runtime/policy/database/claims-key.ts";
import { signClaims } from "../runtime/policy/database/signed-claims.ts";

describe("signed claims", () => {
  for (const { name, key, kid, claims, database, pid, began, signed } of file.vectors) {
    it(`are the text that Superset writes: ${name}`, () => {
      const read = readClaimsKey(`${key}\n`, "vector");
      assert.equal(read.kid, kid);
      assert.equal(signClaims(read, claims, { database, pid, began }), signed);
    });
  }

  it("need a key of one line and 32 characters, and the refusal does not repeat it", () => {
    for (const text of [
      "",
      "short",
      "a".repeat(31),
      "a b".repeat(20),
      `${"a".repeat(40)}\n${"b".repeat(40)}`,
      "é".repeat(40),
    ]) {
      assert.throws(
        () => readClaimsKey(text, "claims-key"),
        (error) => error instanceof ClaimsKeyError && (text === "" || !error.message.includes(text)),
      );
    }
  });
});
