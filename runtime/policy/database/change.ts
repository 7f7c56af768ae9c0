import { quoted } from "./sql.ts";
import { owner } from "./roles.ts";

/** One thing that is not as the policy wants it, and the statement that makes it so. */
export interface Change {
  /** Object: what is wrong with it. */
  readonly because: string;
  /** Never shows a value that is secret; those are in `values`. */
  readonly statement: string;
  readonly values?: unknown[];
}

export const ownerSql = (kind: string, object: string): string => `alter ${kind} ${object} owner to ${quoted(owner)}`;
