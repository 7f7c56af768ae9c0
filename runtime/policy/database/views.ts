import type { Policy } from "../language/policy.ts";
import type { SqlClient } from "./session.ts";

/** Tells whether a view shows what its owner may read, to every caller: docs/adr/0020-views-read-as-their-caller.md. */
export const readsWithOwnersRights = (options: readonly string[]): boolean =>
  !options.some((option) => ["security_invoker=true", "security_invoker=on", "security_invoker=1"].includes(option));

/** SQL that lists the relations that a view reads, which PostgreSQL records as dependencies of its rewrite rule. */
const readSql = `select distinct n.nspname || '.' || c.relname as name
  from pg_rewrite r
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
    join pg_class c on c.oid = d.refobjid join pg_namespace n on n.oid = c.relnamespace
  where r.ev_class = $1 and c.oid <> $1 and c.relkind in ('r', 'p', 'v', 'm', 'f') order by 1`;

/**
 * Lists the relations that a view reads and the policy does not name. A named relation is locked, or checked as a view.
 */
export async function viewProblems(
  client: SqlClient,
  view: string,
  oid: string,
  policy: Policy,
): Promise<readonly string[]> {
  const named = new Set([...policy.datasets.values()].map(({ table }) => table));
  const { rows } = await client.query<{ name: string }>(readSql, [oid]);
  return rows
    .filter(({ name }) => !named.has(name))
    .map(({ name }) => `${view} reads ${name}, which the policy does not name; name it, so that it is locked too`);
}
