import { platform } from "../../contract/index.ts";
import { claimSql, functionSql, keyTable, lockFunctions, lockSchema, signature } from "./claim-functions.ts";
import type { ClaimsKey } from "./claims-key.ts";
import type { Condition, DatasetPolicy, Policy } from "./policy.ts";
import { literal, qualified, quoted } from "./sql.ts";

const { analyticsReader: reader, analyticsAuthor: author, schoolsOwner: owner } = platform.roles;

function condition({ column, op, claim, type }: Condition): string {
  const value = claimSql(claim, type);
  return op === "in" ? `${quoted(column)} = any (${value})` : `${quoted(column)} = ${value}`;
}

/** Conditions that every role has come first and alone: an index on them serves all roles. */
export function readerExpression(dataset: DatasetPolicy): string {
  const branches = [...dataset.roles].map(([role, conditions]) => ({ role, terms: conditions.map(condition) }));
  const shared = (branches[0]?.terms ?? []).filter((term) => branches.every(({ terms }) => terms.includes(term)));
  const perRole = branches.map(({ role, terms }) =>
    [`${claimSql("role", "text")} = ${literal(role)}`, ...terms.filter((term) => !shared.includes(term))].join(" and "),
  );
  return [...shared, `(${perRole.map((term) => `(${term})`).join(" or ")})`].join(" and ");
}

const refuseUnsafeRoles = `do $homeroom$
declare unsafe text;
begin
  select string_agg(rolname, ', ') into unsafe from pg_roles
  where rolname in (${literal(reader)}, ${literal(author)}) and (rolsuper or rolbypassrls);
  if unsafe is not null then
    raise exception 'row security does not bind %: make it nosuperuser nobypassrls', unsafe;
  end if;
  if exists (select from pg_roles r
             where pg_has_role(${literal(reader)}, r.oid, 'member') and r.rolname <> ${literal(reader)}) then
    raise exception '${reader} is a member of another role and could read with its rights: revoke the membership';
  end if;
end $homeroom$`;

/** Permissive policies are joined by OR, so one left over from elsewhere would widen the lock. */
const dropPolicies = (table: string): string => `do $homeroom$
declare found record;
begin
  for found in select polname from pg_policy where polrelid = ${literal(qualified(table))}::regclass loop
    execute format('drop policy %I on ${qualified(table)}', found.polname);
  end loop;
end $homeroom$`;

function tableSql(dataset: DatasetPolicy): string[] {
  const table = qualified(dataset.table);
  return [
    `alter table ${table} enable row level security`,
    `alter table ${table} force row level security`,
    dropPolicies(dataset.table),
    `create policy homeroom_owner on ${table} for all to ${quoted(owner)} using (true) with check (true)`,
    `create policy homeroom_author on ${table} for select to ${quoted(author)} using (true)`,
    `create policy homeroom_reader on ${table} for select to ${quoted(reader)} using (${readerExpression(dataset)})`,
    `grant select on ${table} to ${quoted(reader)}, ${quoted(author)}`,
  ];
}

/** Schema, keys and functions that verify claims; owned by the tables' owner, because superusers lend too much. */
function claimLockSql(): string[] {
  const readers = `public, ${quoted(reader)}, ${quoted(author)}`;
  return [
    `create schema if not exists ${lockSchema} authorization ${quoted(owner)}`,
    `create table if not exists ${keyTable} (kid text primary key, inner_pad bytea not null, outer_pad bytea not null)`,
    ...lockFunctions.map(functionSql),
    `revoke all on schema ${lockSchema} from ${readers}`,
    `revoke all on all tables in schema ${lockSchema} from ${readers}`,
    `revoke all on all functions in schema ${lockSchema} from ${readers}`,
    `grant usage on schema ${lockSchema} to ${quoted(reader)}`,
    ...lockFunctions
      .filter(({ forReaders }) => forReaders)
      .map((lock) => `grant execute on function ${signature(lock)} to ${quoted(reader)}`),
  ];
}

/**
 * The database lock: run the statements in one transaction, as the tables' owner or a superuser.
 * Repeating them changes nothing. Partitions, views and unlisted tables stay without any grant,
 * because each of them would escape the row security of the table behind it.
 */
export function rowSecuritySql(policy: Policy): string[] {
  const tables = [...policy.datasets.values()];
  const schemas = [...new Set(tables.map(({ table }) => table.slice(0, table.indexOf("."))))].map(quoted);
  const everyone = `public, ${quoted(reader)}, ${quoted(author)}`;
  return [
    refuseUnsafeRoles,
    `set local role ${quoted(owner)}`,
    ...claimLockSql(),
    ...schemas.flatMap((schema) => [
      `revoke create on schema ${schema} from ${everyone}`,
      `revoke all on all tables in schema ${schema} from ${everyone}`,
      `revoke all on all sequences in schema ${schema} from ${everyone}`,
      `revoke execute on all functions in schema ${schema} from ${everyone}`,
      `grant usage on schema ${schema} to ${quoted(reader)}, ${quoted(author)}`,
    ]),
    ...tables.flatMap(tableSql),
  ];
}

export interface SqlClient {
  query(sql: string, values?: unknown[]): Promise<unknown>;
}

/** The database then accepts claims signed with these keys and no other. */
export async function applyRowSecurity(client: SqlClient, policy: Policy, keys: readonly ClaimsKey[]): Promise<void> {
  await client.query("begin");
  try {
    for (const statement of rowSecuritySql(policy)) await client.query(statement);
    await client.query(`delete from ${keyTable} where kid <> all ($1)`, [keys.map(({ kid }) => kid)]);
    for (const { kid, innerPad, outerPad } of keys) {
      await client.query(`insert into ${keyTable} values ($1, $2, $3) on conflict (kid) do nothing`, [
        kid,
        innerPad,
        outerPad,
      ]);
    }
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
}

/** Every relation that a role can select although no row security binds it there; empty when the lock is whole. */
export const unlockedRelationsSql = `select format('%I.%I', n.nspname, c.relname) as relation, r.rolname as role
from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join pg_roles r
where r.rolname = any ($1) and c.relkind in ('r', 'p', 'v', 'm', 'f')
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
  and has_table_privilege(r.oid, c.oid, 'select')
  and not (c.relkind in ('r', 'p') and c.relrowsecurity and c.relforcerowsecurity and not c.relispartition)
order by 1, 2`;
