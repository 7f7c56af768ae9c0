import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type pg from "pg";
import vector from "../../../../contract/vectors/added-claim.json" with { type: "json" };
import { applyLock } from "../../../../runtime/policy/database/lock.ts";
import { policyWithAddedClaim } from "../../../contract/added-claim.ts";
import { asGuest, type Claims, count, newKey, principal, SchoolsDatabase } from "./schools-database.ts";

describe("the database lock with a claim that an operator added", () => {
  const database = new SchoolsDatabase();
  const key = newKey();
  const { column, dataset, type } = vector.policy;
  let reader: pg.Client;

  beforeAll(async () => {
    await database.start();
    const owner = await database.connect("schools_owner");
    await owner.query(`alter table ${dataset} add column ${column} ${type}`);
    await owner.query(`update ${dataset} set ${column} = $1 where class_id = 421`, [vector.accepted]);
    const { changes, holes } = await applyLock(owner, policyWithAddedClaim(), [key]);
    expect(holes).toStrictEqual([]);
    expect(changes.length).toBeGreaterThan(0);
    reader = await database.connect("analytics_reader");
  });

  afterAll(() => database.stop());

  const rows = (claims: Claims): Promise<number> => asGuest(reader, key, claims, () => count(reader, dataset));

  it("shows the rows of the claim, and none without it or with another value", async () => {
    expect(await rows({ ...principal, [vector.claim]: vector.accepted })).toBe(1);
    expect(await rows(principal)).toBe(0);
    expect(await rows({ ...principal, [vector.claim]: vector.accepted.replace(/^./, "1") })).toBe(0);
    for (const value of vector.refused) expect(await rows({ ...principal, [vector.claim]: value })).toBe(0);
  });
});
