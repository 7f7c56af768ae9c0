import { readFile } from "node:fs/promises";
import { platform } from "../contract/index.ts";
import { readClaimsKey } from "../runtime/policy/database/claims-key.ts";
import { readPolicy } from "../runtime/policy/compiler/compile.ts";
import { applyLock } from "../runtime/policy/database/lock.ts";
import { demoDataVersion, loadDemoData } from "./data/load.ts";
import type { Postgres } from "./postgres.ts";
import type { Secrets } from "./secrets.ts";
import { type LocalSettings, type TenantDatabase, tenantDatabases } from "./settings.ts";
import type { Report } from "./step.ts";

const { databases, roles } = platform;

/** Loads the demo data and then applies row security, because loading replaces the tables and their row policies. */
export async function loadSchoolsData(
  postgres: Postgres,
  settings: LocalSettings,
  secrets: Secrets,
  report: Report,
): Promise<void> {
  await loadDemoData({
    connection: postgres.connection(databases.schools, roles.schoolsOwner, secrets.ownerSecret("schools-owner")),
    onProgress: (line) => report(`  ${line}`),
  });
  const separateDatabases = tenantDatabases(settings);
  for (const one of separateDatabases) {
    if (!(await isTenantDatabaseCurrent(postgres, one))) {
      report(`  demo data: the database of tenant ${one.tenant}`);
      await createTenantDatabase(postgres, one);
    }
    await postgres.provisionTenantDatabase(one);
  }
  const key = readClaimsKey(secrets.mountedSecret("claimsKey"), "claims-key");
  for (const database of [databases.schools, ...separateDatabases.map((one) => one.database)]) {
    await postgres.asSuperuser(database, (client) => applyLock(client, readPolicy(), [key]));
  }
}

async function isTenantDatabaseCurrent(postgres: Postgres, { tenant, database }: TenantDatabase): Promise<boolean> {
  const exists = await postgres.asSuperuser("postgres", async (client) => {
    const found = await client.query("select from pg_database where datname = $1", [database]);
    return found.rowCount === 1;
  });
  if (!exists) return false;
  return postgres.asSuperuser(database, async (client) => {
    const found = await client.query(
      "select from demo_load where version = $1 and (select array_agg(distinct s.tenant) from schools s) = array[$2]",
      [demoDataVersion, tenant],
    );
    return found.rowCount === 1;
  });
}

/**
 * Creates a tenant's database. It gets its name when it is complete, so that an interrupted start leaves none half
 * loaded.
 */
async function createTenantDatabase(postgres: Postgres, { tenant, database }: TenantDatabase): Promise<void> {
  const sql = await readFile(new URL("data/tenant-database.sql", import.meta.url), "utf8");
  const partial = `${database}_partial`;
  await postgres.asSuperuser("postgres", async (client) => {
    for (const name of [partial, database]) {
      await client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`);
    }
    await client.query(
      `create database ${client.escapeIdentifier(partial)} template ${databases.schools} owner ${roles.schoolsOwner} strategy file_copy`,
    );
  });
  await postgres.asSuperuser(partial, async (client) => {
    await client.query("begin");
    await client.query("select set_config('demo.tenant', $1, true)", [tenant]);
    await client.query(sql);
    await client.query("commit");
  });
  await postgres.asSuperuser("postgres", (client) =>
    client.query(`alter database ${client.escapeIdentifier(partial)} rename to ${client.escapeIdentifier(database)}`),
  );
}
