import { keyTable, lockSchema } from "./claim-functions.ts";
import { quoted } from "./sql.ts";
import { type Change, ownerSql } from "./change.ts";
import { type Grant, grantee, grantChanges } from "./grants.ts";
import { owner, reader } from "./roles.ts";
import { LockError, type SqlClient } from "./session.ts";

/** Lists the changes to the schema of the lock and to its table of claims keys, which only the owner may read. */
export async function schemaChanges(client: SqlClient): Promise<Change[]> {
  const { rows } = await client.query<{ owner: string }>(
    "select pg_get_userbyid(nspowner) as owner from pg_namespace where nspname = $1",
    [lockSchema],
  );
  const [schema] = rows;
  const changes: Change[] = [];
  if (schema === undefined) {
    changes.push({
      because: `schema ${lockSchema}: is missing`,
      statement: `create schema ${lockSchema} authorization ${quoted(owner)}`,
    });
  } else if (schema.owner !== owner) {
    changes.push({
      because: `schema ${lockSchema}: belongs to ${schema.owner}`,
      statement: ownerSql("schema", lockSchema),
    });
  }
  const granted = await client.query<Grant>(
    `select ${grantee("a")} as grantee, a.privilege_type as privilege
     from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
     where n.nspname = $1 and a.grantee <> n.nspowner`,
    [lockSchema],
  );
  changes.push(
    ...grantChanges(`schema ${lockSchema}`, granted.rows, [{ grantee: quoted(reader), privilege: "USAGE" }]),
  );
  const table = await client.query<{ owner: string; columns: string }>(
    `select pg_get_userbyid(relowner) as owner,
       (select string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' order by attnum)
        from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped) as columns
     from pg_class c where c.oid = to_regclass($1)`,
    [keyTable],
  );
  const [found] = table.rows;
  if (found === undefined) {
    changes.push({
      because: `table ${keyTable}: is missing`,
      statement: `create table ${keyTable} (kid text primary key, inner_pad bytea not null, outer_pad bytea not null); ${ownerSql("table", keyTable)}`,
    });
  } else {
    if (found.columns !== "kid text, inner_pad bytea, outer_pad bytea") {
      throw new LockError(`${keyTable} has columns ${found.columns}; drop the table and apply again`);
    }
    if (found.owner !== owner) {
      changes.push({ because: `table ${keyTable}: belongs to ${found.owner}`, statement: ownerSql("table", keyTable) });
    }
  }
  const read = await client.query<Grant>(
    `select ${grantee("a")} as grantee, a.privilege_type as privilege
     from pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
     where c.oid = to_regclass($1) and a.grantee <> c.relowner
     union
     select ${grantee("a")}, a.privilege_type from pg_attribute t join pg_class c on c.oid = t.attrelid, aclexplode(t.attacl) a
     where c.oid = to_regclass($1) and a.grantee <> c.relowner`,
    [keyTable],
  );
  return [...changes, ...grantChanges(`table ${keyTable}`, read.rows, [])];
}
