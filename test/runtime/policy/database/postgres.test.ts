import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type pg from "pg";
import { applyLock } from "../../../../runtime/policy/database/lock.ts";
import {
  asGuest,
  type Claims,
  count,
  newKey,
  policy,
  principal,
  SchoolsDatabase,
  student,
  teacher,
} from "./schools-database.ts";
import { expecting } from "../../../support/expecting.ts";

describe("row security in PostgreSQL", () => {
  const database = new SchoolsDatabase();
  const key = newKey();
  let superuser: pg.Client;
  let owner: pg.Client;
  let reader: pg.Client;

  beforeAll(async () => {
    await database.start();
    superuser = await database.connect("postgres");
    owner = await database.connect("schools_owner");
    await owner.query("create materialized view everything as select * from finances");
    await owner.query("create view all_finances as select * from finances");
    await owner.query("create table students (student_id int)");
    await superuser.query("grant select on all tables in schema public to analytics_reader, public");
    await superuser.query("create policy leftover on finances for select using (true)");
    await applyLock(owner, policy, [key]);
    await applyLock(owner, policy, [key]);
    reader = await database.connect("analytics_reader");
  });

  afterAll(() => database.stop());

  const rows = (table: string, claims: Claims | undefined): Promise<number> =>
    asGuest(reader, key, claims, () => count(reader, table));

  it("shows a principal the school, a teacher the classes and a student the own rows", async () => {
    for (const [dataset, { table, roles }] of policy.datasets) {
      expecting(`principal on ${dataset}`, await rows(table, principal)).toBe(3);
      expecting(`teacher on ${dataset}`, await rows(table, teacher)).toBe(roles.has("teacher") ? 2 : 0);
      expecting(`student on ${dataset}`, await rows(table, student)).toBe(roles.has("student") ? 1 : 0);
    }
  });

  it("shows another school and another tenant their own rows only", async () => {
    expect(await rows("assessments", { ...principal, school_id: 43 })).toBe(1);
    expect(await rows("assessments", { ...principal, tenant: "south" })).toBe(1);
    expect(await rows("assessments", { ...principal, tenant: "south", school_id: 43 })).toBe(0);
  });

  it("shows nothing without claims, with any claim missing, empty or of another type, or with an unknown role", async () => {
    for (const { table } of policy.datasets.values()) expecting(table, await rows(table, undefined)).toBe(0);
    for (const claims of [principal, teacher, student]) {
      for (const claim of Object.keys(claims)) {
        const others = Object.fromEntries(Object.entries(claims).filter(([name]) => name !== claim));
        expecting(`${claims.role} without ${claim}`, await rows("assessments", others)).toBe(0);
        for (const value of [null, "", [], {}, true, "42 OR 1=1", 42.5, [null], ["421"], [421, "422"], 1e30]) {
          const name = `${claims.role}, ${claim} is ${JSON.stringify(value)}`;
          expecting(name, await rows("assessments", { ...claims, [claim]: value })).toBe(0);
        }
      }
    }
    expect(await rows("assessments", { ...principal, role: "admin" })).toBe(0);
  });

  it("grants readers nothing but the listed tables", async () => {
    for (const relation of ["assessments_42", "assessments_rest", "everything", "all_finances", "students"]) {
      await expecting(relation, reader.query(`select from ${relation}`)).rejects.toThrow(/permission denied/);
    }
    await expect(reader.query("insert into finances values ('north', 42)")).rejects.toThrow(/permission denied/);
  });

  it("lets authors see every row and the owner load", async () => {
    const author = await database.connect("analytics_author");
    expect((await author.query("select from finances")).rowCount).toBe(6);
    expect((await owner.query("select from finances")).rowCount).toBe(6);
  });

  it("refuses a reader that row security does not bind", async () => {
    for (const right of ["bypassrls", "replication", "createrole"]) {
      await superuser.query(`alter role analytics_reader ${right}`);
      await expect(applyLock(owner, policy, [key])).rejects.toThrow(new RegExp(`analytics_reader: make it no${right}`));
      await superuser.query(`alter role analytics_reader no${right}`);
    }
    await superuser.query("create role lent_login login bypassrls in role analytics_reader");
    await expect(applyLock(owner, policy, [key])).rejects.toThrow(/lent_login: make it nobypassrls/);
    await superuser.query("drop role lent_login");
    await superuser.query("grant schools_owner to analytics_reader");
    await expect(applyLock(owner, policy, [key])).rejects.toThrow(/analytics_reader is a member of .*schools_owner/);
    await superuser.query("revoke schools_owner from analytics_reader");
  });

  it("shows every school once the lock is off, so these tests can fail", async () => {
    await owner.query("alter table finances disable row level security");
    expect(await rows("finances", principal)).toBe(6);
    await applyLock(owner, policy, [key]);
    expect(await rows("finances", principal)).toBe(3);
  });
});
