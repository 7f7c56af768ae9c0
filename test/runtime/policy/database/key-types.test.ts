import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type pg from "pg";
import { applyLock, inspectLock } from "../../../../runtime/policy/database/lock.ts";
import { parsePolicy } from "../../../../runtime/policy/language/policy.ts";
import { explainRows } from "../../../../runtime/policy/report/explain.ts";
import { expecting } from "../../../support/expecting.ts";
import { asGuest, type Claims, count, newKey, SchoolsDatabase } from "./schools-database.ts";

const uuid = (digit: number): string => `${String(digit).repeat(8)}-1111-4111-8111-111111111111`;
const big = 9_007_199_254_740_991;

/** Each kind of key that a product may have, with the column's type and keys that tell two schools apart. */
const kinds = [
  { type: "integer", column: "integer", school: 42, other: 43, classes: [421, 422] },
  { type: "integer", column: "bigint", school: big, other: big - 1, classes: [big - 2, big - 3] },
  { type: "uuid", column: "uuid", school: uuid(1), other: uuid(2), classes: [uuid(3), uuid(4)] },
] as const;

describe.each(kinds)("keys of type $column", ({ type, column, school, other, classes }) => {
  const database = new SchoolsDatabase();
  const key = newKey();
  const policy = parsePolicy(
    `version: 1
claims: { tenant: text, school_id: ${type}, class_ids: ${type}_set }
roles: { principal: {}, teacher: {} }
scopes:
  school:
    - { column: tenant, op: eq, claim: tenant }
    - { column: school_id, op: eq, claim: school_id }
  classes:
    - { column: tenant, op: eq, claim: tenant }
    - { column: school_id, op: eq, claim: school_id }
    - { column: class_id, op: in, claim: class_ids }
datasets:
  marks: { table: public.marks, roles: { principal: school, teacher: classes } }
`,
    "rows.yaml",
  );
  let owner: pg.Client;
  let reader: pg.Client;
  const principal = { role: "principal", tenant: "north", school_id: school };
  const teacher = { role: "teacher", tenant: "north", school_id: school, class_ids: [classes[0]] };

  beforeAll(async () => {
    await database.start();
    owner = await database.connect("schools_owner");
    reader = await database.connect("analytics_reader");
    await owner.query(`create table marks (tenant text, school_id ${column}, class_id ${column})`);
    for (const [of, group] of [
      [school, classes[0]],
      [school, classes[1]],
      [other, classes[0]],
    ] as const)
      await owner.query("insert into marks values ('north', $1, $2)", [of, group]);
    await applyLock(owner, policy, [key]);
  });
  afterAll(() => database.stop());

  const seen = (claims: Claims): Promise<number> => asGuest(reader, key, claims, () => count(reader, "marks"));

  it("limit rows in the database, and are of no use in another type", async () => {
    expect((await inspectLock(owner, policy, [key])).changes).toStrictEqual([]);
    expect(await seen(principal)).toBe(2);
    expect(await seen(teacher)).toBe(1);
    for (const strange of [
      { school_id: String(school) === school ? 42 : uuid(9) },
      { school_id: [school] },
      { school_id: null },
    ])
      expecting(JSON.stringify(strange), await seen({ ...principal, ...strange })).toBe(0);
    expect(await seen({ ...teacher, class_ids: [classes[0], true] })).toBe(0);
  });

  it("are literals of that type in the clause of Superset, which gives the same rows", async () => {
    for (const [claims, rows] of [
      [principal, 2],
      [teacher, 1],
    ] as const) {
      const clause = explainRows(policy, "marks", claims) ?? "";
      expecting(clause, await count(owner, `marks where ${clause}`)).toBe(rows);
    }
  });
});
