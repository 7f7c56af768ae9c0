import { describe, expect, it } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { claimsSchema as schema } from "../../../../contract/index.ts";
import { readPolicy } from "../../../../runtime/policy/compiler/compile.ts";
import { explainRows } from "../../../../runtime/policy/report/explain.ts";
import { parsePolicy, PolicyError } from "../../../../runtime/policy/language/policy.ts";
import vectors from "../../../../contract/vectors/claims.json" with { type: "json" };
import { expecting } from "../../../support/expecting.ts";
import { instance } from "../../../support/narrowing.ts";

/** HOMEROOM_PROPERTY_RUNS sets how many examples; the seed is fixed and a failure prints the example that shows it. */
const runs = { numRuns: Number(process.env["HOMEROOM_PROPERTY_RUNS"] ?? 100), seed: 20_261_121 };
const policy = readPolicy();
const accepts = new Ajv2020({ strict: false, formats: { uuid: true, date: true } }).compile(schema);
const known = vectors.accepted.map(({ claims }) => claims);
type ExplainedClaims = Parameters<typeof explainRows>[2];

const wild = fc.oneof(
  fc.jsonValue(),
  fc.integer(),
  fc.constantFrom("' OR 1=1 --", "north' OR '1'='1", "{{ 7 * 7 }}", "42", 42.5, -1, [], [421, 421], true, null, {
    ne: 0,
  }),
);
const names = fc.constantFrom(...Object.keys(schema.properties));

describe("generated claims and policies", () => {
  it("are refused, or become a clause of literals that read back as the claims", () => {
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.dictionary(names, wild, { maxKeys: 3 }), (good, changes) => {
        const claims: Record<string, unknown> = { ...good, ...changes };
        if (!accepts(claims)) return;
        for (const [dataset, { roles }] of policy.datasets) {
          const clause = explainRows(policy, dataset, claims as unknown as ExplainedClaims);
          const conditions = roles.get(claims["role"] as ExplainedClaims["role"]);
          const unbound = conditions?.some(({ claim, type }) => {
            const values = [claims[claim]].flat();
            return values.length === 0 || (type.startsWith("integer") && values.some((one) => typeof one === "string"));
          });
          expect(clause === undefined).toBe(conditions === undefined || unbound);
          if (clause === undefined || conditions === undefined) continue;
          const values: string[] = conditions.flatMap(({ claim }) => ([claims[claim]].flat() as unknown[]).map(String));
          const literals = [...clause.matchAll(/'((?:[^']|'')*)'|\b(\d+)\b/g)].map(
            ([, text, number]) => text?.replaceAll("''", "'") ?? number,
          );
          expect(literals).toStrictEqual(values);
          expect(clause.split(" AND ")).toHaveLength(conditions.length);
        }
      }),
      runs,
    );
  });

  it("never end the policy reader in anything but a policy or a list of problems", () => {
    const text = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.jsonValue().map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(text, (source) => {
        expect(() => parsePolicy(source, "generated.yaml")).toThrow(PolicyError);
      }),
      runs,
    );
  });

  it("make no policy whose scope leaves out the tenant or the school", () => {
    const column = fc.constantFrom("tenant", "school_id", "class_id", "student_id");
    const claim = fc.constantFrom("tenant", "school_id", "class_ids", "student_id");
    const condition = fc.record({ column, op: fc.constantFrom("eq", "in"), claim });
    const good = (["tenant", "school_id", "student_id"] as const).map((name) => ({
      column: name,
      op: "eq",
      claim: name,
    }));
    let accepted = 0;
    fc.assert(
      fc.property(fc.oneof(fc.subarray(good), fc.array(condition, { maxLength: 4 })), (scope) => {
        const source = JSON.stringify({
          version: 1,
          claims: { tenant: "text", school_id: "integer", class_ids: "integer_set", student_id: "integer" },
          roles: { student: {} },
          scopes: { some: scope },
          datasets: { finances: { table: "public.finances", roles: { student: "some" } } },
        });
        try {
          parsePolicy(source, "generated.yaml");
        } catch (error) {
          instance(error, PolicyError, String(error));
          return;
        }
        accepted += 1;
        for (const name of ["tenant", "school_id"])
          expecting(
            source,
            scope.some((entry) => entry.column === name && entry.claim === name && entry.op === "eq"),
          ).toBe(true);
      }),
      runs,
    );
    expecting("no generated policy was a good one", accepted).toBeGreaterThan(0);
  });
});
