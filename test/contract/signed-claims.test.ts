import { describe, expect, it } from "@jest/globals";
import file from "../../contract/vectors/signed-claims.json" with { type: "json" };
import { ClaimsKeyError, readClaimsKey } from "../../runtime/policy/database/claims-key.ts";
import { signClaims } from "../runtime/policy/database/signed-claims.ts";
import { instance } from "../support/narrowing.ts";
import { thrown } from "../support/thrown.ts";

describe("signed claims", () => {
  for (const { name, key, kid, claims, database, pid, began, signed } of file.vectors) {
    it(`are the text that Superset writes: ${name}`, () => {
      const read = readClaimsKey(`${key}\n`, "vector");
      expect(read.kid).toBe(kid);
      expect(signClaims(read, claims, { database, pid, began })).toBe(signed);
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
      const error = thrown(() => readClaimsKey(text, "claims-key"));
      instance(error, ClaimsKeyError);
      expect(text === "" || !error.message.includes(text)).toBe(true);
    }
  });
});
