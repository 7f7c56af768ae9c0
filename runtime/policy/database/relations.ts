import type { Policy } from "../language/policy.ts";
import { quoted } from "./sql.ts";
import type { SqlClient } from "./session.ts";
import { readsWithOwnersRights } from "./views.ts";

export interface OpenRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly readers: readonly string[];
  /** The kind of the relation, and why no row policy of ours applies to it. */
  readonly reason: string;
}

interface Relation extends Omit<OpenRelation, "why"> {
  readonly kind: "r" | "p" | "v" | "m" | "f";
  readonly partition: boolean;
  readonly secured: boolean;
  readonly options: string[];
}

/**
 * SQL that lists what the readers may select through any grant: to the role, to PUBLIC, on a column, or by membership.
 */
const readableSql = `select c.oid::int8::text as oid, n.nspname as schema, c.relname as name, c.relkind as kind, c.relispartition as partition,
    c.relrowsecurity and c.relforcerowsecurity as secured, coalesce(c.reloptions, '{}') as options,
    array(select r from unnest($1::text[]) r where has_table_privilege(r, c.oid, 'select') or has_any_column_privilege(r, c.oid, 'select')) as readers
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
    and exists (select from unnest($1::text[]) r where has_table_privilege(r, c.oid, 'select') or has_any_column_privilege(r, c.oid, 'select'))
  order by 2, 3`;

/** Lists the relations that a guest's query could read although no row policy applies to them. */
export async function openRelations(
  client: SqlClient,
  policy: Policy,
  readers: readonly string[],
): Promise<readonly OpenRelation[]> {
  const { rows } = await client.query<Relation & { oid: string }>(readableSql, [readers]);
  const locked = new Set([...policy.datasets.values()].map(({ table }) => table));
  return rows.flatMap((row) => {
    const reason = openReason(row, locked.has(`${row.schema}.${row.name}`));
    const { schema, name } = row;
    return reason === undefined ? [] : [{ oid: Number(row.oid), schema, name, readers: row.readers, reason }];
  });
}

function openReason(relation: Relation, isDataset: boolean): string | undefined {
  const { kind, partition, secured } = relation;
  switch (kind) {
    case "m":
      return "a materialised view, on which PostgreSQL puts no row security";
    case "f":
      return "a foreign table, whose rows no policy here binds";
    case "v":
      return openViewReason(relation);
    case "r":
    case "p":
      if (partition) return "a partition, which escapes the policy of its parent";
      if (!isDataset) return "a table that the policy does not name";
      return secured ? undefined : "a table whose row security is off";
  }
}

/**
 * Returns why a view is open; undefined for a security_invoker view. The SELECT of the view is not examined: a WHERE that
 * holds today proves nothing about a join, a sub-SELECT or the rows of another role.
 */
function openViewReason({ schema, name, options }: Relation): string | undefined {
  // A security_invoker view reads its tables with the rights of the caller, and each of those is listed by itself.
  if (!readsWithOwnersRights(options)) return undefined;
  return `a view that reads with its owner's rights (alter view ${quoted(schema)}.${quoted(name)} set (security_invoker = true))`;
}
