import type pg from "pg";
import { loginsOf, platform } from "../../../../contract/index.ts";
import { prepareDatabaseUser, setPassword } from "../../../../runtime/adapters/postgres/database-user-roles.ts";
import { migrateStore } from "../../../../runtime/audit/store/migrate.ts";
import { databaseUsers } from "../../../../runtime/rotation/database-users/database-user.ts";
import { type RealPostgres, startPostgres, superuser } from "../../../support/real-postgres.ts";

const password = "password-of-the-audit-test";

export type StoreRole = "audit_writer" | "audit_sealer" | "audit_reader" | "audit_maint";

export interface AuditDatabase {
  readonly postgres: RealPostgres;
  readonly admin: pg.Client;
  /** Connects as one of the roles of the store, as the processes do. */
  as(role: StoreRole): Promise<pg.Client>;
}

export const auditLogin = (role: string): { user: string; password: string } => {
  const user = databaseUsers.find((candidate) => candidate.role === role);
  if (user === undefined) throw new Error(`no user ${role}`);
  return { user: loginsOf(user)[0], password };
};

/** A PostgreSQL server with the store of audit events in a database of its own. */
export async function startAuditDatabase(): Promise<AuditDatabase> {
  const postgres = await startPostgres();
  const root = await postgres.connect(superuser.username, superuser.password);
  await root.query(`create database ${platform.databases.audit}`);
  const admin = await postgres.connect(superuser.username, superuser.password, platform.databases.audit);
  for (const user of databaseUsers.filter(({ database }) => database === "audit")) {
    await prepareDatabaseUser(admin, user);
    await setPassword(admin, user, { username: loginsOf(user)[0], password });
  }
  await admin.query(`revoke all on database ${platform.databases.audit} from public`);
  await migrateStore(admin);
  return {
    postgres,
    admin,
    as: (role) => {
      const login = auditLogin(role);
      return postgres.connect(login.user, login.password, platform.databases.audit);
    },
  };
}

/** Returns the partition of a moment in milliseconds since 1970. */
export const partitionOf = (ms: number): string =>
  `audit.event_${new Date(ms).toISOString().slice(0, 10).replaceAll("-", "")}`;
