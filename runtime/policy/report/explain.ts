import type { Claims } from "../../tokens/claims/claims.ts";
import type { Condition, Policy } from "../language/policy.ts";
import { literal } from "../database/sql.ts";

/** Claims that an operator added to contract/claims.schema.json are members too. */
export type RowClaims = Pick<Claims, "role" | "tenant" | "school_id" | "class_ids" | "student_id">;

/**
 * The row clause as a person reads it. What runs is bound by Superset's side; contract/vectors/rows.json
 * holds both to the same text. Undefined means that the role sees none of the dataset.
 */
export function explainRows(policy: Policy, dataset: string, claims: RowClaims): string | undefined {
  const conditions = policy.datasets.get(dataset)?.roles.get(claims.role);
  return conditions?.map((condition) => bind(condition, claims)).join(" AND ");
}

function bind({ column, claim, type }: Condition, claims: RowClaims): string {
  const value: unknown = Object.entries(claims).find(([name]) => name === claim)?.[1];
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
