import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type pg from "pg";
import { leafHash } from "../../../../runtime/audit/event/leaf.ts";
import { appendEvents } from "../../../../runtime/audit/store/event-store.ts";
import { migrateStore } from "../../../../runtime/audit/store/migrate.ts";
import { testChain } from "../chain-of-events.ts";
import { type AuditDatabase, startAuditDatabase } from "./audit-database.ts";

let database: AuditDatabase;
let writer: pg.Client;
let partition: string;

beforeAll(async () => {
  database = await startAuditDatabase();
  writer = await database.as("audit_writer");
  partition = `audit.event_${new Date().toISOString().slice(0, 10).replaceAll("-", "")}`;
}, 60_000);
afterAll(() => database.postgres.stop());

describe("the store of audit events", () => {
  it("keeps the bytes and derives each column from them", async () => {
    const chain = testChain("columns-1");
    const event = chain.next({
      name: "chart.viewed",
      tenant: "north",
      actor: { pid: "ab".repeat(16), type: "guest" },
      resource: [
        { type: "dashboard", id: "student-progress" },
        { type: "chart", id: "9" },
      ],
      result: { bytes: 2048, rows: 41 },
    });
    expect(await appendEvents(writer, [event])).toEqual(["stored"]);
    const { rows } = await database.admin.query("select * from audit.event where writer = 'columns-1'");
    expect(rows[0]).toMatchObject({
      seq: "0",
      name: "chart.viewed",
      tenant: "north",
      subject_pid: "ab".repeat(16),
      dashboard: "student-progress",
      resource_type: "chart",
      resource_id: "9",
      bytes: "2048",
      late: false,
      header: event.header,
      salt: event.salt,
      payload: event.payload,
      leaf_hash: leafHash(event),
    });
    const subjects = await database.admin.query("select pid from audit.event_subject where writer = 'columns-1'");
    expect(subjects.rows).toEqual([{ pid: "ab".repeat(16) }]);
  });

  it("tells an event that it has from one that takes another's place", async () => {
    const chain = testChain("forks-1");
    const [first, second] = [chain.next(), chain.next()];
    expect(await appendEvents(writer, [first, second, second])).toEqual(["stored", "stored", "same"]);
    expect(await appendEvents(writer, [first, second, chain.next()])).toEqual(["same", "same", "stored"]);
    const rival = testChain("forks-1", chain.epoch);
    expect(await appendEvents(writer, [rival.next({ name: "page.viewed", purpose: "another" })])).toEqual(["fork"]);
    const samePrev = testChain("forks-1", chain.epoch);
    expect(await appendEvents(writer, [samePrev.next({}, { seq: 77 })])).toEqual(["fork"]);
    const { rows } = await database.admin.query("select count(*)::int as n from audit.event where writer = 'forks-1'");
    expect(rows).toEqual([{ n: 3 }]);
  });

  it("takes late events into the partition of their day, marked, and refuses impossible times", async () => {
    const micro = (text: string) => Date.parse(text) * 1000;
    const late = testChain("late-1", micro("2024-02-29T23:59:00Z"));
    expect(await appendEvents(writer, [late.next()])).toEqual(["stored"]);
    const { rows } = await database.admin.query("select late from audit.event_20240229");
    expect(rows).toEqual([{ late: true }]);
    const early = testChain("odd-1", micro("2019-01-01T00:00:00Z"));
    const ahead = testChain("odd-2", Date.now() * 1000 + 3 * 86_400e6);
    expect(await appendEvents(writer, [early.next(), ahead.next()])).toEqual(["refused", "refused"]);
  });

  it("loses nothing and forks nothing when many writers append at once", async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, () => database.as("audit_writer")));
    const outcomes = await Promise.all(
      clients.map(async (client, number) => {
        const chain = testChain(`many-${String(number)}`);
        const all = [];
        for (let round = 0; round < 10; round += 1)
          all.push(
            ...(await appendEvents(
              client,
              Array.from({ length: 20 }, () => chain.next()),
            )),
          );
        return all;
      }),
    );
    expect(new Set(outcomes.flat())).toEqual(new Set(["stored"]));
    const { rows } = await database.admin.query(
      "select count(*)::int as n from audit.event where writer like 'many-%'",
    );
    expect(rows).toEqual([{ n: 1200 }]);
  });

  it("is made again without a change", async () => {
    await migrateStore(database.admin);
    const { rows } = await database.admin.query("select count(*)::int as n from audit.event where writer = 'forks-1'");
    expect(rows).toEqual([{ n: 3 }]);
  });
});

describe("nobody changes a record", () => {
  const attempts = (): Record<string, string> => ({
    "update a partition": `update ${partition} set name = 'x'`,
    "update the table": "update audit.event set payload = null",
    "delete from the table": "delete from audit.event",
    "delete from a partition": `delete from ${partition}`,
    "truncate the table": "truncate audit.event",
    "truncate a partition": `truncate ${partition}`,
    "delete by merge": `merge into ${partition} e using (select 1) s on true when matched then delete`,
    "delete links of a chain": "delete from audit.chain_guard",
    "truncate the links": "truncate audit.chain_guard",
    "delete a person's index": "delete from audit.event_subject",
    "delete indexes of the log": "truncate audit.log_index, audit.checkpoint",
  });

  it("as superuser with the guards on, nor as replica", async () => {
    for (const [what, sql] of Object.entries(attempts())) {
      await expect(database.admin.query(sql).then(() => what)).rejects.toThrow("never changed or deleted");
      await database.admin.query("begin; set local session_replication_role = replica");
      await expect(database.admin.query(sql).then(() => what)).rejects.toThrow("never changed or deleted");
      await database.admin.query("rollback");
    }
  });

  it("as any role of the store", async () => {
    const changes = [
      ...Object.values(attempts()),
      `insert into ${partition} select * from audit.event`,
      "insert into audit.chain_guard values ('w', 1, 1, 'p', '')",
      `alter table ${partition} disable trigger all`,
      `alter table audit.event detach partition ${partition}`,
      `drop table ${partition}`,
      "set session_replication_role = replica",
      "set role audit_owner",
    ];
    for (const role of ["audit_writer", "audit_sealer", "audit_reader"] as const) {
      const client = await database.as(role);
      for (const sql of changes) await expect(client.query(sql).then(() => `${role}: ${sql}`)).rejects.toThrow();
    }
  });

  it("and the writer reads nothing, the reader appends nothing", async () => {
    await expect(writer.query("select 1 from audit.event")).rejects.toThrow("permission denied");
    await expect(writer.query("select 1 from audit.record")).rejects.toThrow("permission denied");
    const reader = await database.as("audit_reader");
    await expect(appendEvents(reader, [testChain().next()])).rejects.toThrow();
    expect((await reader.query("select 1 from audit.record limit 1")).rowCount).toBe(1);
  });
});
