import { lockSchema } from "./claim-functions.ts";
import type { Policy } from "../language/policy.ts";
import { quoted } from "./sql.ts";
import type { Change } from "./change.ts";
import { type Grant, grantee, grantChanges } from "./grants.ts";
import { openRelations } from "./relations.ts";
import { author, reader } from "./roles.ts";
import type { SqlClient } from "./session.ts";

/**
 * SQL that is true when the session may revoke on an object of this owner. Objects of others are reported by
 * findHoles().
 */
const mayRevokeSql = (ownerOid: string): string => `pg_has_role(current_user, ${ownerOid}, 'usage')`;

/** Revokes CREATE and TEMPORARY from readers: temporary tables shadow others, and schemas hold functions. */
export async function databaseChanges(client: SqlClient, readers: readonly string[]): Promise<Change[]> {
  const { rows } = await client.query<Grant & { database: string }>(
    `select d.datname as database, ${grantee("a")} as grantee, a.privilege_type as privilege
     from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
     where d.datname = current_database() and ${mayRevokeSql("d.datdba")} and a.privilege_type in ('CREATE', 'TEMPORARY')
       and (a.grantee = 0 or pg_get_userbyid(a.grantee) = any ($1))`,
    [readers],
  );
  return grantChanges(`database ${quoted(rows[0]?.database ?? "")}`, rows, []);
}

const schemasOf = (policy: Policy): string[] => [
  ...new Set([...policy.datasets.values()].map(({ table }) => table.slice(0, table.indexOf(".")))),
];

export async function namespaceChanges(
  client: SqlClient,
  policy: Policy,
  readers: readonly string[],
): Promise<Change[]> {
  const changes: Change[] = [];
  for (const schema of schemasOf(policy)) {
    const { rows } = await client.query<Grant>(
      `select ${grantee("a")} as grantee, a.privilege_type as privilege
       from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
       where n.nspname = $1 and (a.grantee = 0 or pg_get_userbyid(a.grantee) = any ($2))
         and (a.privilege_type = 'CREATE' and ${mayRevokeSql("n.nspowner")} or pg_get_userbyid(a.grantee) = any ($3))`,
      [schema, [...readers, author], [reader, author]],
    );
    const wanted = [reader, author].map((role) => ({ grantee: quoted(role), privilege: "USAGE" }));
    changes.push(...grantChanges(`schema ${quoted(schema)}`, rows, wanted));
  }
  return changes;
}

/** Revokes the grants that let guests read a relation without row policies, in the schemas of the policy. */
export async function selectGrantChanges(
  client: SqlClient,
  policy: Policy,
  readers: readonly string[],
): Promise<Change[]> {
  const openInPolicy = (await openRelations(client, policy, readers)).filter(({ schema }) =>
    schemasOf(policy).includes(schema),
  );
  const changes: Change[] = [];
  for (const { oid, schema, name, reason: why } of openInPolicy) {
    const { rows } = await client.query<{ grantee: string; columns: string | null }>(
      `select distinct ${grantee("a")} as grantee, null as columns
       from pg_class c, aclexplode(c.relacl) a
       where c.oid = $1 and ${mayRevokeSql("c.relowner")} and (a.grantee = 0 or pg_get_userbyid(a.grantee) = any ($2))
       union
       select ${grantee("a")}, string_agg(quote_ident(t.attname), ', ' order by t.attnum)
       from pg_class c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a
       where c.oid = $1 and ${mayRevokeSql("c.relowner")} and a.privilege_type = 'SELECT' and (a.grantee = 0 or pg_get_userbyid(a.grantee) = any ($2))
       group by 1 order by 1`,
      [oid, readers],
    );
    const object = `${quoted(schema)}.${quoted(name)}`;
    for (const { grantee: to, columns } of rows) {
      changes.push({
        because: `${schema}.${name}: ${why}, and ${to} may read it`,
        statement: `revoke ${columns === null ? "all" : `select (${columns})`} on ${object} from ${to} cascade`,
      });
    }
  }
  return changes;
}

export async function executeGrantChanges(
  client: SqlClient,
  policy: Policy,
  readers: readonly string[],
): Promise<Change[]> {
  const { rows } = await client.query<{ routine: string; grantee: string }>(
    `select p.oid::regprocedure::text as routine, ${grantee("a")} as grantee
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
       aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
     where p.prosecdef and ${mayRevokeSql("p.proowner")} and n.nspname = any ($1) and n.nspname <> $3 and a.privilege_type = 'EXECUTE'
       and (a.grantee = 0 or pg_get_userbyid(a.grantee) = any ($2)) order by 1, 2`,
    [schemasOf(policy), readers, lockSchema],
  );
  return rows.map(({ routine, grantee: to }) => ({
    because: `${routine}: runs with its owner's rights, and ${to} may call it`,
    statement: `revoke execute on routine ${routine} from ${to} cascade`,
  }));
}

export async function defaultPrivilegeChanges(client: SqlClient, readers: readonly string[]): Promise<Change[]> {
  const { rows } = await client.query<{ role: string; schema: string | null; grantee: string }>(
    `select distinct quote_ident(pg_get_userbyid(d.defaclrole)) as role, quote_ident(n.nspname) as schema, ${grantee("a")} as grantee
     from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a
     where d.defaclobjtype = 'r' and ${mayRevokeSql("d.defaclrole")} and (a.grantee = 0 or pg_get_userbyid(a.grantee) = any ($1)) order by 1, 2, 3`,
    [readers],
  );
  return rows.map(({ role, schema, grantee: to }) => ({
    because: `new tables of ${role}${schema === null ? "" : ` in ${schema}`}: ${to} may read them at once`,
    statement: `alter default privileges for role ${role}${schema === null ? "" : ` in schema ${schema}`} revoke all on tables from ${to}`,
  }));
}
