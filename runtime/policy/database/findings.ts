import { keyTable, lockSchema } from "./claim-functions.ts";
import type { Policy } from "../language/policy.ts";
import { openRelations } from "./relations.ts";
import type { SqlClient } from "./session.ts";

/** A sentence that names a way past row security, or a reason why every guest is refused, and then what to do. */
export type Finding = string;

/** Searches the whole catalog of the database, not only the schemas of the policy. */
export async function findHoles(client: SqlClient, policy: Policy, readers: readonly string[]): Promise<Finding[]> {
  return [
    ...(await openRelations(client, policy, readers)).map(
      ({ schema, name, reason: why, readers: by }) =>
        `${schema}.${name}: ${why}; ${by.join(", ")} may read it: revoke that, or a role or PUBLIC that it comes from`,
    ),
    ...(await findPrivilegedFunctions(client, readers)),
    ...(await findReaderOwnedRelations(client, readers)),
    ...(await findWritableContainers(client, readers)),
    ...(await findMissingClaimsKey(client)),
  ];
}

/**
 * Finds functions that readers may call and that bypass row security: a SECURITY DEFINER function reads what its owner
 * may read, and a leakproof function receives rows before the policy has filtered them.
 */
async function findPrivilegedFunctions(client: SqlClient, readers: readonly string[]): Promise<Finding[]> {
  const { rows } = await client.query<{ routine: string; owner: string; definer: boolean }>(
    `select format('%I.%I(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes)) as routine,
       pg_get_userbyid(p.proowner) as owner, p.prosecdef as definer
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname not in ('pg_catalog', 'information_schema', $2) and (p.prosecdef or p.proleakproof)
       and exists (select from unnest($1::text[]) r where has_function_privilege(r, p.oid, 'execute')) order by 1`,
    [readers, lockSchema],
  );
  return rows.map(({ routine, owner, definer }) =>
    definer
      ? `${routine}: readers may call it, and it runs with the rights of ${owner}: revoke execute from PUBLIC and from them`
      : `${routine}: readers may call it, and it is leakproof, so it sees rows before the lock: revoke execute`,
  );
}

async function findReaderOwnedRelations(client: SqlClient, readers: readonly string[]): Promise<Finding[]> {
  const { rows } = await client.query<{ name: string; owner: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name, pg_get_userbyid(c.relowner) as owner
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where pg_get_userbyid(c.relowner) = any ($1) and c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' order by 1`,
    [readers],
  );
  return rows.map(
    ({ name, owner }) => `${name}: belongs to ${owner}, who could take its lock away: give it to another role`,
  );
}

async function findWritableContainers(client: SqlClient, readers: readonly string[]): Promise<Finding[]> {
  const { rows } = await client.query<{ container: string }>(
    `select 'schema ' || quote_ident(nspname) as container from pg_namespace
     where nspname !~ '^pg_(toast|temp)' and exists (select from unnest($1::text[]) r where has_schema_privilege(r, oid, 'create'))
     union all
     select 'database ' || quote_ident(datname) from pg_database where datname = current_database()
       and exists (select from unnest($1::text[]) r where has_database_privilege(r, oid, 'create') or has_database_privilege(r, oid, 'temporary'))
     order by 1`,
    [readers],
  );
  return rows.map(
    ({ container }) =>
      `${container}: readers may make objects in it, which shadow others: revoke that from PUBLIC and from them`,
  );
}

async function findMissingClaimsKey(client: SqlClient): Promise<Finding[]> {
  const table = await client.query<{ exists: boolean }>("select to_regclass($1) is not null as exists", [keyTable]);
  if (!table.rows[0]?.exists) return [];
  const { rows } = await client.query<{ keys: number }>(`select count(*)::int as keys from ${keyTable}`);
  return rows[0]?.keys === 0
    ? ["no claims key is accepted, so that every guest is refused: homeroom policy apply --claims-key FILE"]
    : [];
}
