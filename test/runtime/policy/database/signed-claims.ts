import { createHash } from "node:crypto";
import { canonicalJson } from "../../../../runtime/policy/compiler/canonical-json.ts";
import type { ClaimsKey } from "../../../../runtime/policy/database/claims-key.ts";

/** The one transaction that signed claims hold in. */
export interface Transaction {
  readonly database: string;
  /** pg_backend_pid() */
  readonly pid: number;
  /** Microseconds since 1970 of now(), which PostgreSQL fixes when the transaction begins. */
  readonly began: number;
}

/** Asks a connection for its transaction, as the pool in Superset does. */
export const transactionSql =
  "select current_database() as database, pg_backend_pid() as pid, (extract(epoch from now()) * 1000000)::bigint as began";

/** Signs as Superset does: `v1.<kid>.<HMAC-SHA-256 of the rest>.<canonical JSON>`; contract/vectors/signed-claims.json holds Python to the same text. */
export function signClaims(
  key: ClaimsKey,
  claims: Readonly<Record<string, unknown>>,
  transaction: Transaction,
): string {
  const { database, pid, began } = transaction;
  const payload = canonicalJson({ claims, database, pid, began });
  const inner = createHash("sha256").update(key.innerPad).update(payload, "utf8").digest();
  const mac = createHash("sha256").update(key.outerPad).update(inner).digest("hex");
  return `v1.${key.kid}.${mac}.${payload}`;
}
