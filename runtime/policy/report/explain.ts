import type { ClaimType } from "../language/claims-schema.ts";
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
  const parts = conditions?.map((condition) => bind(condition, claims[condition.claim]));
  return parts?.includes(undefined) ? undefined : parts?.join(" AND ");
}

/** Undefined for a claim that is missing or of another type than the policy binds: it shows no row. */
function bind({ column, op, type }: Condition, value: unknown): string | undefined {
  const writes = literalOf[type];
  if (op === "eq") {
    const written = writes(value);
    return written === undefined ? undefined : `${column} = ${written}`;
  }
  const elements = Array.isArray(value) ? value.map(writes) : [];
  return elements.length === 0 || elements.includes(undefined) ? undefined : `${column} IN (${elements.join(", ")})`;
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const textOf = (value: unknown): string | undefined => (typeof value === "string" ? literal(value) : undefined);
const integerOf = (value: unknown): string | undefined => (Number.isSafeInteger(value) ? String(value) : undefined);
const uuidOf = (value: unknown): string | undefined =>
  typeof value === "string" && uuidPattern.test(value) ? `CAST(${literal(value)} AS UUID)` : undefined;
const dateOf = (value: unknown): string | undefined =>
  typeof value === "string" ? `CAST(${literal(value)} AS DATE)` : undefined;

/** The literal of a claim, or of each member of a set. */
const literalOf: Readonly<Record<ClaimType, (value: unknown) => string | undefined>> = {
  text: textOf,
  integer: integerOf,
  uuid: uuidOf,
  date: dateOf,
  integer_set: integerOf,
  text_set: textOf,
  uuid_set: uuidOf,
};
