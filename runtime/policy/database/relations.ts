import type { Policy } from "../language/policy.ts";
import { quoted } from "./sql.ts";
import type { SqlClient } from "./session.ts";
import { readsWithOwnersRights } from "./views.ts";

export interface OpenRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly readers: readonly string[];
  /** What it is, and why no lock of ours binds it. */
  readonly why: string;
}

interface Relation extends Omit<OpenRelation, "why"> {
  readonly kind: "r" | "p" | "v" | "m" | "f";
  readonly partition: boolean;
  readonly secured: boolean;
  readonly options: string[];
}

/** What a role may read counts, however it came to it: its own grant, one to PUBLIC, of a column, or by membership. */
const readableSql = `select c.oid::int8::text as oid, n.nspname as schema, c.relname as name, c.relkind as kind, c.relispartition as partition,
    c.relrowsecurity and c.relforcerowsecurity as secured, coalesce(c.reloptions, '{}') as options,
    array(select r from unnest($1::text[]) r where has_table_privilege(r, c.oid, 'select') or has_any_column_privilege(r, c.oid, 'select')) as readers
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
    and exists (select from unnest($1::text[]) r where has_table_privilege(r, c.oid, 'select') or has_any_column_privilege(r, c.oid, 'select'))
  order by 2, 3`;

/** Every relation that a guest's query could read past the lock. */
export async function openRelations(
  client: SqlClient,
  policy: Policy,
  readers: readonly string[],
): Promise<readonly OpenRelation[]> {
  const { rows } = await client.query<Relation & { oid: string }>(readableSql, [readers]);
  const locked = new Set([...policy.datasets.values()].map(({ table }) => table));
  return rows.flatMap((row) => {
    const why = whyOpen(row, locked.has(`${row.schema}.${row.name}`));
    const { schema, name } = row;
    return why === undefined ? [] : [{ oid: Number(row.oid), schema, name, readers: row.readers, why }];
  });
}

function whyOpen(relation: Relation, isDataset: boolean): string | undefined {
  const { kind, partition, secured } = relation;
  switch (kind) {
    case "m":
      return "a materialised view, on which PostgreSQL puts no row security";
    case "f":
      return "a foreign table, whose rows no policy here binds";
    case "v":
      return whyViewOpen(relation);
    case "r":
    case "p":
      if (partition) return "a partition, which escapes the policy of its parent";
      if (!isDataset) return "a table that the policy does not name";
      return secured ? undefined : "a table whose row security is off";
  }
}

/** What such a view selects is not read: a WHERE that holds today proves nothing of a join, a sub-SELECT or a role's own rows. */
function whyViewOpen({ schema, name, options }: Relation): string | undefined {
  // Its tables are then read with the caller's rights, and each of them is judged here by itself.
  if (!readsWithOwnersRights(options)) return undefined;
  return `a view that reads with its owner's rights (alter view ${quoted(schema)}.${quoted(name)} set (security_invoker = true))`;
}
