import pg from "pg";
import { platform } from "../contract/index.ts";
import { readClaimsKey } from "../runtime/policy/claims-key.ts";
import { readPolicy } from "../runtime/policy/compile.ts";
import { applyLock } from "../runtime/policy/database/lock.ts";
import { loadDemoData } from "./data/load.ts";
import type { Postgres } from "./postgres.ts";
import type { Secrets } from "./secrets.ts";
import type { Report } from "./step.ts";

/** Demo data first, then the database lock: loading replaces tables and with them their row policies. */
export async function loadSchoolsData(postgres: Postgres, secrets: Secrets, report: Report): Promise<void> {
  const { databases, roles } = platform;
  await loadDemoData({
    connection: postgres.connection(databases.schools, roles.schoolsOwner, secrets.owner("schools-owner")),
    onProgress: (line) => report(`  ${line}`),
  });
  const client = new pg.Client(postgres.superuser(databases.schools));
  client.on("error", () => undefined);
  await client.connect();
  try {
    await applyLock(client, readPolicy(), [readClaimsKey(secrets.platform("claimsKey"), "claims-key")]);
  } finally {
    await client.end();
  }
}
