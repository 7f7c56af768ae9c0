import { describe, expect, it } from "@jest/globals";
import { claimsSchema, platform } from "../../contract/index.ts";
import vectors from "../../contract/vectors/claims.json" with { type: "json" };
import { claimProblems } from "../../runtime/tokens/claims/claims.ts";

interface Vectors {
  readonly accepted: readonly { readonly claims: unknown }[];
  readonly refused: readonly { readonly claims: unknown }[];
}

const carries = (claims: unknown, name: string): boolean =>
  typeof claims === "object" && claims !== null && Object.hasOwn(claims, name);

/** Lists the claims that no accepted vector carries, or that no refused vector has wrong while all else is right. */
function claimsWithoutVectors(names: readonly string[], { accepted, refused }: Vectors): string[] {
  const isRefusedFor = (claims: unknown, name: string): boolean => {
    const problems = claimProblems(claims).filter((problem) => !problem.startsWith("claims: "));
    return (
      carries(claims, name) && problems.length > 0 && problems.every((problem) => /^\w+/.exec(problem)?.[0] === name)
    );
  };
  return names.flatMap((name) => [
    ...(accepted.some(({ claims }) => carries(claims, name)) ? [] : [`${name}: none accepted`]),
    ...(refused.some(({ claims }) => isRefusedFor(claims, name)) ? [] : [`${name}: none refused`]),
  ]);
}

describe("claims schema", () => {
  for (const { name, claims } of vectors.accepted) {
    it(`accepts: ${name}`, () => expect(claimProblems(claims)).toStrictEqual([]));
  }

  for (const { name, claims } of vectors.refused) {
    it(`refuses: ${name}`, () => expect(claimProblems(claims)).not.toEqual([]));
  }

  it("has for each claim a vector that carries it, and one that is refused for it alone", () => {
    expect(claimsWithoutVectors(Object.keys(claimsSchema.properties), vectors)).toStrictEqual([]);
    const one = { accepted: [{ claims: { email: "a@b" } }], refused: [{ claims: { role: "admin" } }] };
    expect(claimsWithoutVectors(["email", "role"], one)).toStrictEqual(["email: none refused", "role: none accepted"]);
  });

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
