import type pg from "pg";
import { platform } from "../../../contract/index.ts";
import { schemaGuardSql } from "./schema-guard.ts";
import { ownerSql, releaseOwnerSql, storeSql } from "./schema.ts";

/**
 * Creates or updates the store of audit events. The client is a superuser of the audit database, or RDS's master user,
 * and the roles of `platform.databaseUsers` exist. Running it again changes nothing.
 */
export async function migrateStore(client: pg.ClientBase): Promise<void> {
  const owner = client.escapeIdentifier(platform.roles.auditOwner);
  await client.query("begin");
  try {
    await client.query("select pg_advisory_xact_lock(hashtextextended('homeroom.audit.migrate', 0))");
    await client.query(ownerSql);
    await client.query(`set local role ${owner}`);
    await client.query("set local client_min_messages = warning");
    await client.query(storeSql);
    await client.query("select audit.make_partitions()");
    await client.query("reset role");
    await client.query(schemaGuardSql);
    await client.query(releaseOwnerSql);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  }
}
