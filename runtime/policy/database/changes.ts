import { functionSql, keyTable, type LockFunction, lockFunctions, lockSchema, signature } from "../claim-functions.ts";
import type { ClaimsKey } from "../claims-key.ts";
import type { DatasetPolicy, Policy } from "../policy.ts";
import { literal, qualified, quoted } from "../sql.ts";
import { type Grant, grantee, grantChanges } from "./grants.ts";
import { openRelations } from "./relations.ts";
import { author, owner, reader } from "./roles.ts";
import { createPolicySql, type RowPolicy, rowPolicies } from "./row-policies.ts";
import { LockError, type SqlClient } from "./session.ts";

/** One thing that is not as the policy wants it, and the statement that makes it so. */
export interface Change {
  /** Object: what is wrong with it. */
  readonly because: string;
  /** Never shows a value that is secret; those are in `values`. */
  readonly statement: string;
  readonly values?: unknown[];
}

/** @throws LockError when the tables cannot be locked as they are */
export async function findChanges(
  client: SqlClient,
  policy: Policy,
  readers: readonly string[],
  keys: readonly ClaimsKey[] | undefined,
): Promise<Change[]> {
  const tables = await readTables(client, policy);
  const locks: Change[][] = [];
  for (const table of tables) locks.push(await tableChanges(client, table, readers));
  return [
    ...(await schemaChanges(client)),
    ...(await functionChanges(client)),
    ...(keys === undefined ? [] : await keyChanges(client, keys)),
    ...(await databaseChanges(client, readers)),
    ...(await namespaceChanges(client, policy, readers)),
    ...locks.flat(),
    ...(await straySelects(client, policy, readers)),
    ...(await strayFunctions(client, policy, readers)),
    ...(await defaultPrivileges(client, readers)),
  ];
}

/** What belongs to others is no change of ours; the walk of the catalog reports it. */
const mayRevoke = (ownerOid: string): string => `pg_has_role(current_user, ${ownerOid}, 'usage')`;

const ownerSql = (kind: string, object: string): string => `alter ${kind} ${object} owner to ${quoted(owner)}`;

async function schemaChanges(client: SqlClient): Promise<Change[]> {
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

interface FoundFunction {
  readonly signature: string;
  readonly good: boolean;
  readonly owner: string;
  readonly grants: readonly Grant[];
}

const functionsSql = `select format('%I.%I(%s)', $1::text, p.proname, oidvectortypes(p.proargtypes)) as signature,
    pg_get_userbyid(p.proowner) as owner,
    p.prosrc as body, format_type(p.prorettype, null) as returns, p.prosecdef as definer,
    p.prokind = 'f' and p.provolatile = 's' and p.proparallel = 'r' and p.proisstrict and not p.proleakproof and not p.proretset
      and p.proconfig = array['search_path=pg_catalog, pg_temp'] and l.lanname = 'plpgsql' as kept,
    (select coalesce(json_agg(json_build_object('grantee', ${grantee("a")}, 'privilege', a.privilege_type)), '[]')
     from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee <> p.proowner) as grants
  from pg_proc p join pg_language l on l.oid = p.prolang join pg_namespace n on n.oid = p.pronamespace
  where n.nspname = $1 order by 1`;

async function functionChanges(client: SqlClient): Promise<Change[]> {
  const { rows } = await client.query<
    FoundFunction & { body: string; returns: string; definer: boolean; kept: boolean }
  >(functionsSql, [lockSchema]);
  const wanted = new Map(lockFunctions.map((lock) => [signature(lock), lock]));
  const isAsWritten = (lock: LockFunction, found: (typeof rows)[number]): boolean =>
    found.kept &&
    found.body === `${lock.body}\n` &&
    found.returns === lock.returns &&
    found.definer === lock.forReaders;
  const changes: Change[] = rows
    .filter((found) => !wanted.has(found.signature))
    .map((found) => ({
      because: `function ${found.signature}: is none of the lock's`,
      statement: `drop function ${found.signature}`,
    }));
  for (const [name, lock] of wanted) {
    const found = rows.find((row) => row.signature === name);
    if (found === undefined || !isAsWritten(lock, found)) {
      changes.push({
        because: `function ${name}: ${found === undefined ? "is missing" : "is not as written"}`,
        statement: `${functionSql(lock)}; ${ownerSql("function", name)}`,
      });
    } else if (found.owner !== owner) {
      changes.push({
        because: `function ${name}: runs with the rights of ${found.owner}`,
        statement: ownerSql("function", name),
      });
    }
    const fresh: Grant[] = [{ grantee: "public", privilege: "EXECUTE" }];
    const allowed: Grant[] = lock.forReaders ? [{ grantee: quoted(reader), privilege: "EXECUTE" }] : [];
    changes.push(...grantChanges(`function ${name}`, found?.grants ?? fresh, allowed));
  }
  return changes;
}

async function keyChanges(client: SqlClient, keys: readonly ClaimsKey[]): Promise<Change[]> {
  const exists = await client.query<{ exists: boolean }>("select to_regclass($1) is not null as exists", [keyTable]);
  const { rows } = exists.rows[0]?.exists
    ? await client.query<{ kid: string; inner_pad: Buffer; outer_pad: Buffer }>(
        `select * from ${keyTable} order by kid`,
      )
    : { rows: [] };
  const gone = rows.filter(({ kid }) => !keys.some((key) => key.kid === kid));
  const missing = keys.filter(
    (key) =>
      !rows.some(
        (row) => row.kid === key.kid && row.inner_pad.equals(key.innerPad) && row.outer_pad.equals(key.outerPad),
      ),
  );
  return [
    ...missing.map(({ kid, innerPad, outerPad }) => ({
      because: `claims key ${kid}: is not accepted yet`,
      statement: `insert into ${keyTable} values (${literal(kid)}, $1, $2) on conflict (kid) do update set inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad`,
      values: [innerPad, outerPad],
    })),
    ...gone.map(({ kid }) => ({
      because: `claims key ${kid}: is accepted still`,
      statement: `delete from ${keyTable} where kid = ${literal(kid)}`,
    })),
  ];
}

/** Temporary tables shadow others, and schemas hold functions: readers make neither. */
async function databaseChanges(client: SqlClient, readers: readonly string[]): Promise<Change[]> {
  const { rows } = await client.query<Grant & { database: string }>(
    `select d.datname as database, ${grantee("a")} as grantee, a.privilege_type as privilege
     from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
     where d.datname = current_database() and ${mayRevoke("d.datdba")} and a.privilege_type in ('CREATE', 'TEMPORARY')
       and (a.grantee = 0 or pg_get_userbyid(a.grantee) = any ($1))`,
    [readers],
  );
  return grantChanges(`database ${quoted(rows[0]?.database ?? "")}`, rows, []);
}

const schemasOf = (policy: Policy): string[] => [
  ...new Set([...policy.datasets.values()].map(({ table }) => table.slice(0, table.indexOf(".")))),
];

async function namespaceChanges(client: SqlClient, policy: Policy, readers: readonly string[]): Promise<Change[]> {
  const changes: Change[] = [];
  for (const schema of schemasOf(policy)) {
    const { rows } = await client.query<Grant>(
      `select ${grantee("a")} as grantee, a.privilege_type as privilege
       from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
       where n.nspname = $1 and (a.grantee = 0 or pg_get_userbyid(a.grantee) = any ($2))
         and (a.privilege_type = 'CREATE' and ${mayRevoke("n.nspowner")} or pg_get_userbyid(a.grantee) = any ($3))`,
      [schema, [...readers, author], [reader, author]],
    );
    const wanted = [reader, author].map((role) => ({ grantee: quoted(role), privilege: "USAGE" }));
    changes.push(...grantChanges(`schema ${quoted(schema)}`, rows, wanted));
  }
  return changes;
}

interface Table {
  readonly dataset: DatasetPolicy;
  readonly secured: boolean;
  readonly forced: boolean;
}

/** Every problem that no statement of ours can solve, in one error. */
async function readTables(client: SqlClient, policy: Policy): Promise<Table[]> {
  const tables: Table[] = [];
  const problems: string[] = [];
  for (const dataset of policy.datasets.values()) {
    const { table } = dataset;
    const { rows } = await client.query<{
      kind: string;
      partition: boolean;
      owner: string;
      secured: boolean;
      forced: boolean;
      columns: string[];
    }>(
      `select relkind as kind, relispartition as partition, pg_get_userbyid(relowner) as owner, relrowsecurity as secured,
         relforcerowsecurity as forced,
         array(select attname::text from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped) as columns
       from pg_class c where c.oid = to_regclass($1)`,
      [qualified(table)],
    );
    const [found] = rows;
    if (found === undefined) {
      problems.push(`${table} does not exist; create it, or take its dataset out of the policy`);
      continue;
    }
    if (!["r", "p"].includes(found.kind) || found.partition) {
      problems.push(`${table} is a view, a partition or a foreign table; PostgreSQL can put no row security on it`);
      continue;
    }
    if (found.owner !== owner) {
      problems.push(`${table} belongs to ${found.owner}: alter table ${table} owner to ${owner}`);
    }
    const bound = new Set([...dataset.roles.values()].flatMap((conditions) => conditions.map(({ column }) => column)));
    for (const column of bound) {
      if (!found.columns.includes(column)) problems.push(`${table} has no column ${column}, which the policy binds`);
    }
    tables.push({ dataset, secured: found.secured, forced: found.forced });
  }
  if (problems.length > 0) throw new LockError(problems.join("\n"));
  return tables;
}

interface FoundPolicy {
  readonly name: string;
  readonly permissive: boolean;
  readonly command: string;
  readonly roles: string[];
  readonly using: string | null;
  readonly check: string | null;
}

const policiesSql = `select polname as name, polpermissive as permissive, polcmd as command,
    array(select case when r = 0 then 'public' else pg_get_userbyid(r)::text end from unnest(polroles) r order by 1) as roles,
    pg_get_expr(polqual, polrelid) as using, pg_get_expr(polwithcheck, polrelid) as check
  from pg_policy where polrelid = to_regclass($1) order by 1`;

async function tableChanges(client: SqlClient, table: Table, readers: readonly string[]): Promise<Change[]> {
  const { dataset } = table;
  const name = qualified(dataset.table);
  const changes: Change[] = [];
  if (!table.secured) {
    changes.push({
      because: `${dataset.table}: row security is off`,
      statement: `alter table ${name} enable row level security`,
    });
  }
  if (!table.forced) {
    changes.push({
      because: `${dataset.table}: row security does not bind the owner`,
      statement: `alter table ${name} force row level security`,
    });
  }
  const wanted = rowPolicies(dataset);
  const { rows: found } = await client.query<FoundPolicy>(policiesSql, [name]);
  for (const { name: stray } of found.filter((policy) => !wanted.some((other) => other.name === policy.name))) {
    changes.push({
      because: `${dataset.table}: policy ${stray} is none of the lock's`,
      statement: `drop policy ${quoted(stray)} on ${name}`,
    });
  }
  for (const policy of wanted) {
    const current = found.find((other) => other.name === policy.name);
    if (current === undefined) {
      changes.push({
        because: `${dataset.table}: policy ${policy.name} is missing`,
        statement: createPolicySql(name, policy),
      });
    } else if (!(await isSame(client, name, policy, current))) {
      changes.push({
        because: `${dataset.table}: policy ${policy.name} is not as written`,
        statement: `drop policy ${policy.name} on ${name}; ${createPolicySql(name, policy)}`,
      });
    }
  }
  const granted = await client.query<Grant>(
    `select ${grantee("a")} as grantee, a.privilege_type as privilege
     from pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
     where c.oid = to_regclass($1) and (a.grantee = 0 or pg_get_userbyid(a.grantee) = any ($2))`,
    [name, [...readers, author]],
  );
  const allowed = [reader, author].map((role) => ({ grantee: quoted(role), privilege: "SELECT" }));
  return [...changes, ...grantChanges(`table ${name}`, granted.rows, allowed)];
}

const commands = { all: "*", select: "r" } as const;

/** PostgreSQL prints an expression in words of its own, so ours is put on a table of the same columns and printed as well. */
async function isSame(client: SqlClient, table: string, wanted: RowPolicy, found: FoundPolicy): Promise<boolean> {
  if (!found.permissive || found.command !== commands[wanted.command] || found.roles.join() !== wanted.role)
    return false;
  if (wanted.using === "true") return found.using === "true" && found.check === (wanted.check ? "true" : null);
  await client.query("savepoint probe");
  try {
    await client.query(`create temporary table homeroom_probe (like ${table})`);
    await client.query(createPolicySql("pg_temp.homeroom_probe", wanted));
    const { rows } = await client.query<FoundPolicy>(policiesSql, ["pg_temp.homeroom_probe"]);
    return rows[0]?.using === found.using && rows[0]?.check === found.check;
  } catch {
    // The functions that it calls are not there or are others; they are drift of their own.
    return false;
  } finally {
    await client.query("rollback to savepoint probe");
  }
}

/** Grants that show guests a relation which no lock binds, in the schemas of the policy. */
async function straySelects(client: SqlClient, policy: Policy, readers: readonly string[]): Promise<Change[]> {
  const open = (await openRelations(client, policy, readers)).filter(({ schema }) =>
    schemasOf(policy).includes(schema),
  );
  const changes: Change[] = [];
  for (const { oid, schema, name, why } of open) {
    const { rows } = await client.query<{ grantee: string; columns: string | null }>(
      `select distinct ${grantee("a")} as grantee, null as columns
       from pg_class c, aclexplode(c.relacl) a
       where c.oid = $1 and ${mayRevoke("c.relowner")} and (a.grantee = 0 or pg_get_userbyid(a.grantee) = any ($2))
       union
       select ${grantee("a")}, string_agg(quote_ident(t.attname), ', ' order by t.attnum)
       from pg_class c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a
       where c.oid = $1 and ${mayRevoke("c.relowner")} and a.privilege_type = 'SELECT' and (a.grantee = 0 or pg_get_userbyid(a.grantee) = any ($2))
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

async function strayFunctions(client: SqlClient, policy: Policy, readers: readonly string[]): Promise<Change[]> {
  const { rows } = await client.query<{ routine: string; grantee: string }>(
    `select p.oid::regprocedure::text as routine, ${grantee("a")} as grantee
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
       aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
     where p.prosecdef and ${mayRevoke("p.proowner")} and n.nspname = any ($1) and n.nspname <> $3 and a.privilege_type = 'EXECUTE'
       and (a.grantee = 0 or pg_get_userbyid(a.grantee) = any ($2)) order by 1, 2`,
    [schemasOf(policy), readers, lockSchema],
  );
  return rows.map(({ routine, grantee: to }) => ({
    because: `${routine}: runs with its owner's rights, and ${to} may call it`,
    statement: `revoke execute on routine ${routine} from ${to} cascade`,
  }));
}

async function defaultPrivileges(client: SqlClient, readers: readonly string[]): Promise<Change[]> {
  const { rows } = await client.query<{ role: string; schema: string | null; grantee: string }>(
    `select distinct quote_ident(pg_get_userbyid(d.defaclrole)) as role, quote_ident(n.nspname) as schema, ${grantee("a")} as grantee
     from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a
     where d.defaclobjtype = 'r' and ${mayRevoke("d.defaclrole")} and (a.grantee = 0 or pg_get_userbyid(a.grantee) = any ($1)) order by 1, 2, 3`,
    [readers],
  );
  return rows.map(({ role, schema, grantee: to }) => ({
    because: `new tables of ${role}${schema === null ? "" : ` in ${schema}`}: ${to} may read them at once`,
    statement: `alter default privileges for role ${role}${schema === null ? "" : ` in schema ${schema}`} revoke all on tables from ${to}`,
  }));
}
