import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type pg from "pg";
import { leafHash } from "../../../../runtime/audit/event/leaf.ts";
import { appendEvents } from "../../../../runtime/audit/store/event-store.ts";
import { testChain } from "../chain-of-events.ts";
import { type AuditDatabase, partitionOf, startAuditDatabase, type StoreRole } from "./audit-database.ts";

const dayMs = 86_400e3;
const roles = ["audit_writer", "audit_sealer", "audit_reader", "audit_maint"] as const satisfies StoreRole[];

let database: AuditDatabase;
let writer: pg.Client;

beforeAll(async () => {
  database = await startAuditDatabase();
  writer = await database.as("audit_writer");
  // The middle one did not exist before: its day lay in a spool.
  for (const [number, days] of [0, -20, -40].entries())
    await appendEvents(writer, [
      testChain(`guards-${String(number)}`, (Date.now() + days * dayMs) * 1000).next({
        actor: { pid: "cd".repeat(16) },
      }),
    ]);
}, 60_000);
afterAll(() => database.postgres.stop());

const changes = (partition: string): Record<string, string> => ({
  "update a partition": `update ${partition} set name = 'x'`,
  "update the table": "update audit.event set payload = null",
  "delete from the table": "delete from audit.event",
  "delete from a partition": `delete from ${partition}`,
  "truncate the table": "truncate audit.event",
  "truncate a partition": `truncate ${partition}`,
  "delete by merge": `merge into ${partition} e using (select 1) s on true when matched then delete`,
  "update by an insert":
    "insert into audit.chain_guard select * from audit.chain_guard on conflict (writer, epoch, seq) do update set prev = 'x'",
  "delete links of a chain": "delete from audit.chain_guard",
  "truncate the links": "truncate audit.chain_guard",
  "delete a person's index": "delete from audit.event_subject",
  "delete indexes of the log": "truncate audit.log_index, audit.checkpoint",
});

const ddl = (partition: string): Record<string, string> => ({
  "detach a partition": `alter table audit.event detach partition ${partition}`,
  "drop a partition": `drop table ${partition}`,
  "drop the schema": "drop schema audit cascade",
  "disable triggers": `alter table ${partition} disable trigger all`,
  "disable one trigger": `alter table ${partition} disable trigger keep_rows`,
  "drop a trigger": `drop trigger keep_rows on ${partition}`,
  "replace the guard's function": `create or replace function audit.refuse_change() returns trigger language plpgsql as 'begin return null; end'`,
  "drop a column": "alter table audit.event drop column payload cascade",
  "rename a table": "alter table audit.chain_guard rename to old_guard",
  "move a table": "alter table audit.chain_guard set schema public",
  "take a table over": `alter table ${partition} owner to postgres`,
  "add a trigger": `create trigger last before insert on ${partition} for each row execute function suppress_redundant_updates_trigger()`,
  "hide rows by a policy": `create policy none on ${partition} using (false)`,
  "add a rule": `create rule nothing as on insert to ${partition} do instead nothing`,
  "back-date a record": `insert into ${partition} select ts - interval '30 minutes', writer, epoch, seq, leaf_hash, class, activity, status, retention, name, tenant, subject_pid, dashboard, resource_type, resource_id, bytes, header, salt, payload, false from ${partition}`,
});

/** PostgreSQL fires, as replica, only triggers that are enabled always. */
const modes = ["origin", "replica"] as const;

async function attempt(mode: (typeof modes)[number], sql: string): Promise<void> {
  await database.admin.query(`begin; set local session_replication_role = ${mode}`);
  try {
    await database.admin.query(sql);
  } finally {
    await database.admin.query("rollback");
  }
}

describe.each([0, -20, -40])("the partition of day %i", (days) => {
  const partition = partitionOf(Date.now() + days * dayMs);

  it.each(Object.entries(changes(partition)))("a superuser cannot %s, nor as replica", async (_what, sql) => {
    for (const mode of modes) await expect(attempt(mode, sql)).rejects.toThrow("never changed or deleted");
  });

  it.each(Object.entries(ddl(partition)))("a superuser cannot %s, nor as replica", async (_what, sql) => {
    for (const mode of modes) await expect(attempt(mode, sql)).rejects.toThrow(/is not (altered|dropped|of now)/);
  });

  it.each(roles)("%s can do none of it", async (role) => {
    const client = await database.as(role);
    // The reader's transactions are read-only, which it can end itself: its rights have to hold.
    await client.query("set default_transaction_read_only = off");
    const attempts = {
      ...changes(partition),
      ...ddl(partition),
      "insert into a partition": `insert into ${partition} select * from audit.event`,
      "insert a link": "insert into audit.chain_guard values ('w', 1, 1, 'p', '')",
      "act as a replica": "set session_replication_role = replica",
      "become the owner": "set role audit_owner",
      "make a table": "create temporary table incoming (n integer)",
    };
    for (const [what, sql] of Object.entries(attempts))
      await expect(client.query(sql).then(() => `${role} may ${what}`)).rejects.toThrow(
        /permission denied|must be owner|must be able to SET ROLE/,
      );
  });
});

describe("the roles of the store", () => {
  it("let the writer append and read nothing, and the reader read and append nothing", async () => {
    for (const table of ["event", "record", "chain_guard", "event_subject", "log_index", "checkpoint"])
      await expect(writer.query(`select 1 from audit.${table}`)).rejects.toThrow("permission denied");
    for (const role of roles.filter((name) => name !== "audit_writer"))
      await expect(appendEvents(await database.as(role), [testChain().next()])).rejects.toThrow("permission denied");
    const reader = await database.as("audit_reader");
    expect((await reader.query("select 1 from audit.record limit 1")).rowCount).toBe(1);
  });

  it("leave the owner without a login and without members", async () => {
    const { rows } = await database.admin.query(
      `select rolcanlogin, (select count(*)::int from pg_auth_members m where m.roleid = r.oid) as members
       from pg_roles r where rolname = 'audit_owner'`,
    );
    expect(rows).toEqual([{ rolcanlogin: false, members: 0 }]);
  });
});

describe("what a superuser still can do, and the sealed log shows", () => {
  it.each([
    "drop event trigger audit_keep_schema",
    "alter event trigger audit_keep_objects disable",
    "create or replace function audit_guard.refuse_ddl() returns event_trigger language plpgsql as 'begin return; end'",
    "set local role audit_owner; alter table audit.event disable trigger all",
  ])("%s", async (sql) => {
    await expect(attempt("origin", sql)).resolves.toBeUndefined();
  });
});

describe("a partition leaves", () => {
  const partition = partitionOf(Date.now() - 40 * dayMs).slice("audit.".length);
  const drop = async (name: string) =>
    (await database.as("audit_maint")).query("select audit.drop_archived_partition($1)", [name]);
  const seal = async (index: number, where: string) =>
    (await database.as("audit_sealer")).query(
      `insert into audit.log_index select $1, leaf_hash, ts, writer, epoch, seq from audit.event where ${where}`,
      [index],
    );

  it("only when a checkpoint covers its events and the archive's receipt", async () => {
    await expect(drop("chain_guard")).rejects.toThrow("is no partition of audit.event");
    await expect(drop(partition)).rejects.toThrow("no sealed receipt");
    const receipt = testChain("archiver-1").next({
      name: "partition.archived",
      resource: [{ type: "partition", id: partition }],
    });
    expect(await appendEvents(writer, [receipt])).toEqual(["stored"]);
    await expect(drop(partition)).rejects.toThrow("no sealed receipt");
    await seal(0, "writer = 'archiver-1'");
    await expect(drop(partition)).rejects.toThrow("no sealed receipt");
    const sealer = await database.as("audit_sealer");
    const checkpoint = "insert into audit.checkpoint (size, root, note, below) values ($1, $2, 'note', '1')";
    await sealer.query(checkpoint, [1, leafHash(receipt)]);
    await expect(drop(partition)).rejects.toThrow("1 events of");
    await seal(1, "writer = 'guards-2'");
    await expect(drop(partition)).rejects.toThrow("1 events of");
    await sealer.query(checkpoint, [2, leafHash(receipt)]);
    await drop(partition);
    const left = await database.admin.query("select 1 from audit.event where writer = 'guards-2'");
    expect(left.rowCount).toBe(0);
  });
});
