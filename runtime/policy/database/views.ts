import type { Policy } from "../language/policy.ts";
import type { SqlClient } from "./session.ts";

/** True for a view that shows what its owner may read, whoever asks: docs/adr/0020-views-read-as-their-caller.md. */
export const readsWithOwnersRights = (options: readonly string[]): boolean =>
  !options.some((option) => ["security_invoker=true", "security_invoker=on", "security_invoker=1"].includes(option));

/** PostgreSQL records what a view reads as dependencies of its rewrite rule. */
const readSql = `select distinct n.nspname || '.' || c.relname as name
  from pg_rewrite r
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
    join pg_class c on c.oid = d.refobjid join pg_namespace n on n.oid = c.relnamespace
  where r.ev_class = $1 and c.oid <> $1 and c.relkind in ('r', 'p', 'v', 'm', 'f') order by 1`;

/** Each relation that a view reads must be one that the policy names: it is then locked, or is judged as a view itself. */
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
