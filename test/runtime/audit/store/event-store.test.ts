import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type pg from "pg";
import type { CanonicalObject } from "../../../../runtime/audit/event/canonical-json.ts";
import { leafHash } from "../../../../runtime/audit/event/leaf.ts";
import { appendEvents } from "../../../../runtime/audit/store/event-store.ts";
import { migrateStore } from "../../../../runtime/audit/store/migrate.ts";
import { testChain } from "../chain-of-events.ts";
import { type AuditDatabase, partitionOf, startAuditDatabase } from "./audit-database.ts";

let database: AuditDatabase;
let writer: pg.Client;

beforeAll(async () => {
  database = await startAuditDatabase();
  writer = await database.as("audit_writer");
}, 60_000);
afterAll(() => database.postgres.stop());

/** Text that PostgreSQL cannot compress into an entry of an index. */
const longText = randomBytes(24_000).toString("base64");
/** Values that a compromised writer, or a guest's address that a writer did not cut, may put where a column is taken from. */
const oddPayloads: [string, CanonicalObject][] = [
  ["bytes that are text", { result: { bytes: "many" } }],
  ["a result that is a list", { result: [1, 2] }],
  ["an actor that is text", { actor: "pid" }],
  ["a pseudonym that is none", { actor: { pid: longText } }],
  ["resources that are no objects", { resource: ["dashboard", 7] }],
  ["a resource that is one object", { resource: { type: "dashboard", id: "x" } }],
  ["a long name", { name: longText }],
  ["a long tenant", { tenant: longText }],
  ["a long dashboard", { resource: [{ type: "dashboard", id: longText }] }],
];

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
    const daysAgo = (days: number) => (Date.now() - days * 86_400e3) * 1000;
    const late = testChain("late-1", daysAgo(30));
    expect(await appendEvents(writer, [late.next()])).toEqual(["stored"]);
    const { rows } = await database.admin.query(`select late from ${partitionOf(daysAgo(30) / 1000)}`);
    expect(rows).toEqual([{ late: true }]);
    const early = testChain("odd-1", daysAgo(101));
    const ahead = testChain("odd-2", daysAgo(-3));
    expect(await appendEvents(writer, [early.next(), ahead.next()])).toEqual(["refused", "refused"]);
  });

  it.each(oddPayloads)("keeps an event with %s, in the payload alone", async (what, payload) => {
    const chain = testChain(`odd-payload-${what.replaceAll(" ", "-")}`);
    expect(await appendEvents(writer, [chain.next(payload), chain.next()])).toEqual(["stored", "stored"]);
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
