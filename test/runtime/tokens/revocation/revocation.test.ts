import { describe, expect, it } from "@jest/globals";
import vectors from "../../../../contract/vectors/revocations.json" with { type: "json" };
import {
  fieldOf,
  isExpired,
  type Revocation,
  RevocationError,
  revocationOf,
} from "../../../../runtime/tokens/revocation/revocation.ts";
import { expecting } from "../../../support/expecting.ts";

const known = (value: unknown): Revocation => value as Revocation;

describe("a revocation", () => {
  for (const { name, revoke, at, entries } of vectors.matches) {
    it(`is written as the shared vectors say: ${name}`, () => {
      const written = Object.fromEntries(revoke.map((revocation) => [fieldOf(known(revocation)), String(at)]));
      expect(written).toStrictEqual(entries);
      for (const [index, field] of Object.keys(entries).entries()) {
        expect(revocationOf(field)).toStrictEqual(revoke[index]);
      }
    });
  }

  for (const { name, revocation, at, now, published, spent } of vectors.spent) {
    it(`is ${spent ? "spent" : "kept"}: ${name}`, () => {
      expect(isExpired({ revocation: known(revocation), at }, now, new Set(published))).toBe(spent);
    });
  }

  it("is refused when it could name another field", () => {
    const wrong: readonly Revocation[] = [
      { kind: "jti", jti: "short" },
      { kind: "jti", jti: "0123456789:abcdef" },
      { kind: "kid", kid: "a key of someone" },
      { kind: "user", tenant: "north:7", user_id: 1 },
      { kind: "user", tenant: "north", user_id: 0 },
      { kind: "school", tenant: "north", school_id: 1.5 },
      { kind: "school", tenant: "north", school_id: 2 ** 53 },
      { kind: "tenant", tenant: "North" },
      { kind: "tenant", tenant: "" },
    ];
    for (const revocation of wrong)
      expecting(JSON.stringify(revocation), () => fieldOf(revocation)).toThrow(RevocationError);
  });

  it("is not read out of fields that are none of ours", () => {
    for (const field of [
      "",
      "floor",
      "jti:",
      "user:north",
      "user:north:07",
      "user:north:7:8",
      "class:north:7",
      "tenant:",
    ])
      expecting(field, revocationOf(field)).toBeUndefined();
  });
});
