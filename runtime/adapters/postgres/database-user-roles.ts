import type pg from "pg";
import { ExpectedError, loginsOf, platform } from "../../../contract/index.ts";
import type { DatabaseUser } from "../../rotation/database-users/database-user.ts";
import type { Login } from "../../rotation/database-users/database-user-rotation.ts";
import { scramVerifier } from "../../rotation/database-users/scram.ts";

export class DatabaseUserError extends ExpectedError {}

const lockTimeoutMs = 10_000;

/**
 * Creates the role and its two logins and repairs their attributes; passwords stay as they are. Logins inherit nothing,
 * so a session that resets its role (`set role none`) has no rights. The client must be a superuser, or a role with
 * CREATEROLE that owns the database. Throws DatabaseUserError when the role or a login has further rights.
 */
export async function prepareDatabaseUser(client: pg.ClientBase, user: DatabaseUser): Promise<void> {
  await transaction(client, user, async () => {
    const role = client.escapeIdentifier(user.role);
    await createIfMissing(client, user.role);
    await client.query(`alter role ${role} nologin password null`);
    for (const login of loginsOf(user)) {
      const name = client.escapeIdentifier(login);
      await createIfMissing(client, login);
      await client.query(`alter role ${name} login noinherit`);
      await client.query(`grant ${role} to ${name}${await membershipOptions(client)}`);
      await client.query(`alter role ${name} set role = ${client.escapeLiteral(user.role)}`);
      if (!user.readOnly) continue;
      await client.query(`alter role ${name} set default_transaction_read_only = on`);
      await client.query(`alter role ${name} set statement_timeout = ${platform.timeouts.queryMs}`);
    }
    await refusePrivileged(client, user);
    const { rows } = await client.query<{ name: string }>("select current_database() as name");
    const database = client.escapeIdentifier(rows[0]?.name ?? "");
    // PostgreSQL checks this right before the session has its role.
    const logins = loginsOf(user).map((login) => client.escapeIdentifier(login));
    await client.query(`grant connect on database ${database} to ${logins.join(", ")}`);
    if (!user.ownsSchema) return;
    await client.query(`grant temporary on database ${database} to ${role}`);
    await client.query(`grant usage, create on schema public to ${role}`);
  });
}

/** Sets a password by its SCRAM verifier, so that neither the server nor its log ever sees the password. */
export async function setPassword(client: pg.ClientBase, user: DatabaseUser, login: Login): Promise<void> {
  if (!loginsOf(user).includes(login.username)) {
    throw new DatabaseUserError(`${login.username} is no login of ${user.role}; they are ${loginsOf(user).join(", ")}`);
  }
  const verifier = client.escapeLiteral(scramVerifier(login.password));
  await transaction(client, user, async () => {
    await client.query(`alter role ${client.escapeIdentifier(login.username)} password ${verifier}`);
  });
}

/**
 * Runs a transaction under a lock for the role: PostgreSQL refuses concurrent changes ("tuple concurrently updated").
 */
async function transaction(client: pg.ClientBase, user: DatabaseUser, work: () => Promise<void>): Promise<void> {
  await client.query("begin read write");
  try {
    await client.query(`set local lock_timeout = ${lockTimeoutMs}`);
    await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`homeroom:${user.role}`]);
    await work();
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  }
}

async function createIfMissing(client: pg.ClientBase, role: string): Promise<void> {
  const known = await client.query("select 1 from pg_roles where rolname = $1", [role]);
  if (known.rowCount === 0) await client.query(`create role ${client.escapeIdentifier(role)}`);
}

/**
 * Returns the options of a membership, which exist since PostgreSQL 16. Before that, the login's NOINHERIT does the
 * same.
 */
async function membershipOptions(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<{ version: number }>(
    "select current_setting('server_version_num')::int as version",
  );
  return (rows[0]?.version ?? 0) >= 160_000 ? " with inherit false, set true" : "";
}

async function refusePrivileged(client: pg.ClientBase, user: DatabaseUser): Promise<void> {
  const { rows } = await client.query<{ what: string }>(
    `select rolname || ' is superuser, or may create roles or databases, replicate or pass row security' as what
     from pg_roles
     where rolname = any ($1) and (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)
     union all
     select l.rolname || ' is a member of ' || g.rolname
     from pg_auth_members m join pg_roles l on l.oid = m.member join pg_roles g on g.oid = m.roleid
     where l.rolname = any ($2) and g.rolname <> $3`,
    [[user.role, ...loginsOf(user)], [...loginsOf(user)], user.role],
  );
  if (rows.length === 0) return;
  throw new DatabaseUserError(`${rows.map(({ what }) => what).join("; ")}: take that away from it first`);
}
