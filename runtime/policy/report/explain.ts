import type { Condition, Policy } from "../language/policy.ts";
import { literal } from "../database/sql.ts";

/** The claims to which rows are bound, by their names in contract/claims.schema.json. */
export interface RowClaims {
  readonly role: string;
  readonly [claim: string]: unknown;
}

/**
 * Returns the row clause for a person to read; undefined when the role sees no row of the dataset. The clause that
 * runs is bound in homeroom_superset/policy/clause.py; contract/vectors/rows.json holds both to the same text.
 */
export function explainRows(policy: Policy, dataset: string, claims: RowClaims): string | undefined {
  const conditions = policy.datasets.get(dataset)?.roles.get(claims.role);
  if (conditions?.some(({ claim }) => Array.isArray(claims[claim]) && claims[claim].length === 0)) return undefined;
  return conditions?.map((condition) => bind(condition, claims)).join(" AND ");
}

function bind({ column, claim, type }: Condition, claims: RowClaims): string {
  const value = claims[claim];
  switch (type) {
    case "text":
      return `${column} = ${literal(String(value))}`;
    case "integer":
      return `${column} = ${Number(value)}`;
    case "uuid":
      return `${column} = CAST(${literal(String(value))} AS UUID)`;
    case "date":
      return `${column} = CAST(${literal(String(value))} AS DATE)`;
    case "integer_set":
      return `${column} IN (${[value].flat().map(Number).join(", ")})`;
    case "text_set":
      return `${column} IN (${[value].flat().map(String).map(literal).join(", ")})`;
  }
}
