import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type pg from "pg";
import { applyLock, inspectLock } from "../../../../runtime/policy/database/lock.ts";
import { type DatasetPolicy, type Policy } from "../../../../runtime/policy/language/policy.ts";
import { asGuest, count, newKey, policy, principal, SchoolsDatabase, student } from "./schools-database.ts";

const base = policy.datasets.get("finances");
if (base === undefined) throw new Error("the policy has no finances");
/** The shipped policy with views beside its tables. */
const withViews = (...names: readonly string[]): Policy => ({
  ...policy,
  datasets: new Map<string, DatasetPolicy>([
    ...policy.datasets,
    ...names.map((name) => [name, { ...base, table: `public.${name}` }] as const),
  ]),
});

describe("a view that the policy names", () => {
  const database = new SchoolsDatabase();
  const key = newKey();
  let owner: pg.Client;
  let reader: pg.Client;

  beforeAll(async () => {
    await database.start();
    owner = await database.connect("schools_owner");
    reader = await database.connect("analytics_reader");
    for (const sql of [
      "create table pupils (tenant text, school_id int)",
      "create view caller with (security_invoker = true) as select * from finances where class_id > 0",
      "create view stacked with (security_invoker = on) as select c.* from caller c join attendance using (student_id)",
      "create view plain as select * from finances",
      "create view barrier with (security_barrier) as select * from finances",
      "create view off with (security_invoker = false) as select * from finances",
      "create view elsewhere with (security_invoker) as select p.* from pupils p join finances using (school_id)",
      "create view narrow with (security_invoker) as select school_id from finances",
      "create materialized view rolled as select * from finances",
    ]) {
      await owner.query(sql);
    }
    await applyLock(owner, policy, [key]);
  });

  afterAll(() => database.stop());

  it("is granted and then shows what the lock of its tables lets through", async () => {
    const named = withViews("caller", "stacked");
    const planned = await inspectLock(owner, named, [key]);
    expect(planned.changes.map(({ statement }) => statement)).toEqual(
      ["caller", "stacked"].flatMap((view) =>
        ["analytics_reader", "analytics_author"].map((role) => `grant select on table "public"."${view}" to "${role}"`),
      ),
    );
    await applyLock(owner, named, [key]);
    expect(await inspectLock(owner, named, [key])).toEqual({ changes: [], holes: [] });
    expect(await asGuest(reader, key, principal, () => count(reader, "caller"))).toBe(3);
    expect(await asGuest(reader, key, student, () => count(reader, "caller"))).toBe(0);
    expect(await asGuest(reader, key, principal, () => count(reader, "stacked where school_id <> 42"))).toBe(0);
  });

  for (const [view, told] of [
    [
      "plain",
      /public\.plain is a view that reads with its owner's rights; alter view "public"\."plain" set \(security_invoker = true\)/,
    ],
    ["barrier", /public\.barrier is a view that reads with its owner's rights/],
    ["off", /public\.off is a view that reads with its owner's rights/],
    [
      "elsewhere",
      /public\.elsewhere reads public\.pupils, which the policy does not name; name it, so that it is locked too/,
    ],
    ["stacked", /public\.stacked reads public\.caller, which the policy does not name/],
    ["narrow", /public\.narrow has no column tenant/],
    ["rolled", /public\.rolled is a materialised view.*security_invoker/],
  ] as const) {
    it(`is refused in words: ${view}`, async () => {
      await expect(inspectLock(owner, withViews(view), [key])).rejects.toThrow(told);
    });
  }

  it("is refused when it becomes one that reads with its owner's rights", async () => {
    const named = withViews("caller");
    await applyLock(owner, named, [key]);
    await owner.query("alter view caller reset (security_invoker)");
    try {
      await expect(inspectLock(owner, named, [key])).rejects.toThrow(
        /public\.caller is a view that reads with its owner's/,
      );
    } finally {
      await owner.query("alter view caller set (security_invoker = true)");
    }
  });

  it("says of a name that is no relation how a SQL dataset is written", async () => {
    await expect(inspectLock(owner, withViews("recent_scores"), [key])).rejects.toThrow(
      /public\.recent_scores does not exist; create it, or take its dataset out.*SQL dataset.*`tables:`/,
    );
  });
});
