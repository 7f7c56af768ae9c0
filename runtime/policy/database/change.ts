import { quoted } from "./sql.ts";
import { owner } from "./roles.ts";

/** A difference between the database and the policy, and the statement that removes it. */
export interface Change {
  /** The object and its difference, as "table x: row security is off". */
  readonly because: string;
  /** SQL that contains no secret; secret values are bound from `values`. */
  readonly statement: string;
  readonly values?: unknown[];
}

export const ownerSql = (kind: string, object: string): string => `alter ${kind} ${object} owner to ${quoted(owner)}`;
