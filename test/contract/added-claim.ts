import { readFileSync } from "node:fs";
import type { ClaimsSchema } from "../../contract/generator/claims-schema.ts";
import { readSchema } from "../../contract/generator/write.ts";
import vector from "../../contract/vectors/added-claim.json" with { type: "json" };
import { schemaOfClaims } from "../../runtime/policy/language/claims-schema.ts";
import { type Policy, parsePolicy } from "../../runtime/policy/language/policy.ts";
import { policyFiles } from "../../runtime/policy/compiler/compile.ts";

/** The schema as an operator leaves it who adds the vector's claim for everybody. */
export function withAddedClaim(): ClaimsSchema {
  const schema = readSchema();
  return {
    ...schema,
    required: [...schema.required, vector.claim],
    properties: { ...schema.properties, [vector.claim]: vector.property },
  };
}

/** The shipped policy with one scope more, which binds the vector's claim for its role in its dataset. */
export function policyWithAddedClaim(): Policy {
  const { type, column, dataset, role } = vector.policy;
  const text = readFileSync(policyFiles.policy, "utf8")
    .replace("  tenant: text\n", `  tenant: text\n  ${vector.claim}: ${type}\n`)
    .replace(
      "scopes:\n",
      `scopes:
  added:
    - { column: tenant, op: eq, claim: tenant }
    - { column: school_id, op: eq, claim: school_id }
    - { column: ${column}, op: eq, claim: ${vector.claim} }
`,
    )
    .replace(`public.${dataset}\n    roles: { ${role}: school }`, `public.${dataset}\n    roles: { ${role}: added }`);
  return parsePolicy(text, "rows.yaml", schemaOfClaims(withAddedClaim()));
}
