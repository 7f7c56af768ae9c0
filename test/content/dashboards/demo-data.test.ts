import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import pg from "pg";
import { freePort } from "../../support/free-port.ts";
import { loadDemoData } from "../../../local/data/load.ts";
import { findPostgres } from "../../../local/postgres.ts";
import { expecting } from "../../support/expecting.ts";

const database: pg.ClientConfig = { host: "127.0.0.1", user: "postgres", database: "postgres" };
const tables = [
  "assessments",
  "activity_events",
  "attendance",
  "tutor_feedback",
  "student_feedback",
  "course_completion",
  "teacher_workload",
  "finances",
  "weekly_engagement",
];
let folder: string;
let server: ChildProcess;

async function ask<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  const client = new pg.Client(database);
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Sums over every table, in an order that does not matter: two loads agree or they differ. */
async function fingerprint(): Promise<string[]> {
  const sums: string[] = [];
  for (const table of tables) {
    const [row] = await ask<{ sum: string }>(
      `select coalesce(sum(hashtextextended(t::text, 0)), 0)::text as sum from ${table} t`,
    );
    sums.push(`${table} ${row?.sum}`);
  }
  return sums;
}

describe("the demo data", () => {
  beforeAll(async () => {
    const { initdb, postgres, user } = await findPostgres();
    folder = mkdtempSync(join(tmpdir(), "homeroom-demo-"));
    chmodSync(folder, 0o700);
    if (user) chownSync(folder, user.uid, user.gid);
    const data = join(folder, "data");
    const made = spawnSync(initdb, ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"], {
      ...(user ?? {}),
      cwd: "/",
    });
    expecting(made.stderr?.toString(), made.status).toBe(0);
    database.port = await freePort();
    const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"].flatMap((setting) => [
      "-c",
      setting,
    ]);
    server = spawn(postgres, ["-D", data, "-p", String(database.port), ...settings], {
      ...(user ?? {}),
      cwd: "/",
      stdio: "ignore",
    });
    for (let attempt = 0; ; attempt += 1) {
      try {
        await ask("select 1");
        break;
      } catch (error) {
        if (attempt > 100) throw error;
        await wait(100);
      }
    }
    expect((await loadDemoData({ connection: database })).loaded).toBe(true);
  });

  afterAll(async () => {
    if (server.exitCode === null) {
      server.kill("SIGINT");
      await new Promise((resolve) => server.once("exit", resolve));
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it("is of the size that the product promises", async () => {
    const [row] = await ask<Record<string, string>>(`select (select count(*) from schools) as schools,
      (select count(*) from students) as students, (select count(*) from tutors) as tutors,
      (select count(*) > 100000 from assessments) as assessments, (select count(*) > 500000 from activity_events) as events`);
    expect({ ...row }).toStrictEqual({
      schools: "200",
      students: "5000",
      tutors: "500",
      assessments: true,
      events: true,
    });
  });

  it("puts schools 1 to 100 in the north and the rest in the south, in every table", async () => {
    for (const table of tables) {
      const stray = await ask(
        `select 1 from ${table} where tenant <> case when school_id <= 100 then 'north' else 'south' end limit 1`,
      );
      expecting(table, stray).toHaveLength(0);
      const [row] = await ask<{ schools: string }>(`select count(distinct school_id) as schools from ${table}`);
      expecting(table, row?.schools).toBe("200");
    }
  });

  it("keeps each student in one school and two or three classes of it", async () => {
    const odd =
      await ask(`select student_id from enrolments join classes using (class_id) join students using (student_id)
      group by student_id having count(*) not in (2, 3) or bool_or(classes.school_id <> students.school_id)`);
    expect(odd).toHaveLength(0);
  });

  it("agrees with its roll-up", async () => {
    const [row] = await ask<{ same: boolean }>(
      "select (select sum(minutes) from weekly_engagement) = (select sum(minutes) from activity_events) as same",
    );
    expect(row?.same).toBe(true);
  });

  it("is loaded once, and again after a load that never ended, with the same rows", async () => {
    expect((await loadDemoData({ connection: database })).loaded).toBe(false);
    const first = await fingerprint();
    await ask("update demo_load set completed_at = null");
    await ask("delete from assessments");
    expect((await loadDemoData({ connection: database })).loaded).toBe(true);
    expect(await fingerprint()).toStrictEqual(first);
  });
});
