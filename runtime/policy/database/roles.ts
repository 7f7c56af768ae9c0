import { platform } from "../../../contract/index.ts";
import { LockError, type SqlClient } from "./session.ts";

const { analyticsReader: reader, analyticsAuthor: author, schoolsOwner: owner } = platform.roles;

export { author, owner, reader };

interface FoundRole {
  readonly name: string;
  readonly unsafeAttributes: string[];
  readonly memberOf: string[];
}

/**
 * Returns SQL that is true when `member` can act as `role`. PostgreSQL 16 and later test SET, because there the creator
 * of a role is a member of it without being able to act as it.
 */
const canActAsSql = (member: string, role: string): string =>
  `(pg_has_role(${member}, ${role}, 'usage') or
    pg_has_role(${member}, ${role}, case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end))`;

/** SQL that lists the role whose rights a guest's queries have, and every login that can act as that role. */
const readersSql = `select r.rolname as name,
    array_remove(array[case when r.rolsuper then 'superuser' end, case when r.rolbypassrls then 'bypassrls' end,
      case when r.rolreplication then 'replication' end, case when r.rolcreaterole then 'createrole' end], null) as "unsafeAttributes",
    array(select o.rolname from pg_roles o where o.rolname <> r.rolname and o.rolname <> $1
      and ${canActAsSql("r.oid", "o.oid")} and not r.rolsuper order by 1)::text[] as "memberOf"
  from pg_roles r
  where r.rolname = $1 or (${canActAsSql("r.oid", "(select oid from pg_roles where rolname = $1)")} and not r.rolsuper)
  order by 1`;

/** Returns the names of the roles that row security must bind. Throws LockError when it does not bind one of them. */
export async function readers(client: SqlClient): Promise<readonly string[]> {
  const known = await client.query<{ name: string }>("select rolname as name from pg_roles where rolname = any ($1)", [
    [reader, author, owner],
  ]);
  const missing = [reader, author, owner].filter((role) => !known.rows.some(({ name }) => name === role));
  if (missing.length > 0) {
    throw new LockError(`role ${missing.join(", ")} does not exist; create it with \`create role NAME nologin\``);
  }
  const unsafe = await client.query<{ name: string }>(
    "select rolname as name from pg_roles where rolname = $1 and (rolsuper or rolbypassrls)",
    [author],
  );
  const { rows } = await client.query<FoundRole>(readersSql, [reader]);
  const problems = [
    ...unsafe.rows.map(({ name }) => `row security does not bind ${name}: make it nosuperuser nobypassrls`),
    ...rows
      .filter((role) => role.unsafeAttributes.length > 0)
      .map((role) => `row security does not bind ${role.name}: make it no${role.unsafeAttributes.join(" no")}`),
    ...rows
      .filter((role) => role.memberOf.length > 0)
      .map(
        (role) =>
          `${role.name} is a member of ${role.memberOf.join(", ")} and could read with the rights of it: revoke that membership`,
      ),
  ];
  if (problems.length > 0) throw new LockError(problems.join("\n"));
  return rows.map(({ name }) => name);
}

/** Throws LockError unless the session may change objects that belong to the owner of the tables. */
export async function requireOwner(client: SqlClient): Promise<void> {
  const { rows } = await client.query<{ name: string; good: boolean }>(
    `select current_user::text as name, rolsuper or rolname = $1 as good from pg_roles where rolname = current_user`,
    [owner],
  );
  if (!rows[0]?.good) {
    throw new LockError(
      `connected as ${rows[0]?.name ?? "nobody"}; connect as ${owner}, as a login that takes on that role, or as a superuser`,
    );
  }
}
