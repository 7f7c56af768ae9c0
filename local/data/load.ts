import { readFile } from "node:fs/promises";
import pg from "pg";

/**
 * Version of the demo data. Raise it when the SQL files in this folder produce other data; an older load is then
 * replaced.
 */
export const demoDataVersion = 5;

export interface DemoDataInput {
  /** Connection as the owner of the schools' database. */
  readonly connection: pg.ClientConfig;
  readonly onProgress?: (message: string) => void;
}

export interface DemoDataResult {
  readonly loaded: boolean;
  readonly seconds: number;
}

const steps = [
  { file: "schema.sql", label: "tables and partitions" },
  { file: "people.sql", label: "200 schools, 500 tutors, 5,000 students" },
  { file: "assessments.sql", label: "assessments" },
  { file: "activity.sql", label: "activity events" },
  { file: "attendance.sql", label: "attendance" },
  { file: "feedback.sql", label: "feedback of tutors and of students" },
  { file: "management.sql", label: "teacher workload and finances" },
  { file: "rollups.sql", label: "weekly roll-up and course completion" },
  { file: "indexes.sql", label: "indexes and statistics" },
] as const;

// The advisory lock that makes loads into the same database at the same time run one after the other.
const advisoryLock = 4_208_001;

/**
 * Loads the demo data once, in one transaction, so that an interrupted load leaves nothing. It replaces the tables, and
 * with them their grants and row policies; the caller applies the compiled policy afterwards.
 */
export async function loadDemoData({ connection, onProgress }: DemoDataInput): Promise<DemoDataResult> {
  const started = Date.now();
  const elapsed = (): number => (Date.now() - started) / 1000;
  const client = new pg.Client(connection);
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [advisoryLock]);
    if (await isComplete(client)) return { loaded: false, seconds: elapsed() };
    await client.query("begin");
    await client.query(
      "set local timezone = 'UTC'; set local work_mem = '128MB'; set local maintenance_work_mem = '256MB'",
    );
    await client.query(
      "set local synchronous_commit = off; set local search_path = public; set local client_min_messages = warning",
    );
    for (const { file, label } of steps) {
      onProgress?.(`demo data: ${label}`);
      const sql = await readFile(new URL(file, import.meta.url), "utf8");
      await client.query(sql).catch((cause: Error) => {
        throw new Error(`local/data/${file}: ${cause.message}`, { cause });
      });
    }
    await client.query("insert into demo_load (version, completed_at) values ($1, now())", [demoDataVersion]);
    await client.query("commit");
    return { loaded: true, seconds: elapsed() };
  } finally {
    await client.end();
  }
}

async function isComplete(client: pg.Client): Promise<boolean> {
  const table = await client.query<{ present: boolean }>(
    "select to_regclass('public.demo_load') is not null as present",
  );
  if (!table.rows[0]?.present) return false;
  const load = await client.query("select 1 from public.demo_load where version = $1 and completed_at is not null", [
    demoDataVersion,
  ]);
  return load.rowCount === 1;
}
