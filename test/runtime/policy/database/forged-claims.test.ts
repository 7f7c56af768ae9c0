import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type pg from "pg";
import { canonicalJson } from "../../../../runtime/policy/compiler/canonical-json.ts";
import { claimsSetting, keyTable, lockFunctions } from "../../../../runtime/policy/database/claim-functions.ts";
import { applyLock } from "../../../../runtime/policy/database/lock.ts";
import { signClaims } from "./signed-claims.ts";
import { asGuest, count, newKey, policy, principal, SchoolsDatabase, transactionOf } from "./schools-database.ts";
import { expecting } from "../../../support/expecting.ts";
import { present } from "../../../support/narrowing.ts";

const other = { ...principal, school_id: 43 };
const set = "select set_config($1, $2, $3)";

/** An attacker who runs SQL as the reader, through a hole in Superset, say. Six rows lie in each table. */
describe("claims that SQL of the reader tries to forge", () => {
  const database = new SchoolsDatabase();
  const key = newKey();
  let superuser: pg.Client;
  let owner: pg.Client;
  let reader: pg.Client;
  let second: pg.Client;

  beforeAll(async () => {
    await database.start();
    superuser = await database.connect("postgres");
    owner = await database.connect("schools_owner");
    await applyLock(owner, policy, [key]);
    reader = await database.connect("analytics_reader");
    second = await database.connect("analytics_reader");
  });

  afterAll(() => database.stop());

  const refused = (text: string, message: RegExp): Promise<void> =>
    asGuest(reader, key, undefined, async () => {
      await reader.query(set, [claimsSetting, text, true]);
      await expecting(text, count(reader, "finances")).rejects.toThrow(message);
    });

  it("works with claims that Superset signed, so that the refusals below mean something", async () => {
    expect(await asGuest(reader, key, other, () => count(reader, "finances"))).toBe(1);
  });

  it("refuses a text without a signature, of another key, of a changed payload or of another version", async () => {
    const { database: name, pid } = await transactionOf(reader);
    const payload = canonicalJson({ claims: other, database: name, pid, began: 0 });
    const stranger = newKey();
    const good = signClaims(key, other, { database: name, pid, began: 1 });
    const [version = "", kid = "", mac = "", ...rest] = good.split(".");
    for (const [text, message] of [
      ["x", /no such key/],
      ["....", /no such key/],
      [payload, /no such key/],
      [`v1.${key.kid}..${payload}`, /signature is wrong/],
      [`v1.${key.kid}.${"0".repeat(64)}.${payload}`, /signature is wrong/],
      [`v1.${key.kid}.${createHash("sha256").update(payload).digest("hex")}.${payload}`, /signature is wrong/],
      [signClaims(stranger, other, { database: name, pid, began: 1 }), /no such key/],
      [signClaims({ ...stranger, kid: key.kid }, other, { database: name, pid, began: 1 }), /signature is wrong/],
      [good.replace('"school_id":43', '"school_id":42'), /signature is wrong/],
      [`${good} `, /signature is wrong/],
      [`v2.${[kid, mac, ...rest].join(".")}`, /no such key/],
      [`${version}.${kid}.${mac.toUpperCase()}.${rest.join(".")}`, /signature is wrong/],
    ] as const) {
      await refused(text, message);
    }
  });

  it("refuses a text in the next transaction of the same connection, in another session and in another database", async () => {
    const transaction = await transactionOf(reader);
    await refused(signClaims(key, other, transaction), /signed for another transaction/);
    await asGuest(second, key, undefined, async () => {
      const foreign = await transactionOf(second);
      await second.query(set, [claimsSetting, signClaims(key, other, { ...foreign, pid: foreign.pid + 1 }), true]);
      await expect(count(second, "finances")).rejects.toThrow(/another transaction/);
    });
    await asGuest(second, key, undefined, async () => {
      const foreign = await transactionOf(second);
      await second.query(set, [claimsSetting, signClaims(key, other, { ...foreign, database: "north" }), true]);
      await expect(count(second, "finances")).rejects.toThrow(/another transaction/);
    });
  });

  it("gives nothing to who reads the text of a session that works in pg_stat_activity", async () => {
    await asGuest(second, key, undefined, async () => {
      const text = signClaims(key, other, await transactionOf(second));
      await second.query(`select set_config('${claimsSetting}', '${text}', true)`);
      const { rows } = await reader.query<{ query: string }>(
        "select query from pg_stat_activity where pid <> pg_backend_pid() and query like 'select set_config%'",
      );
      const seen = /v1\.[^']+/.exec(rows[0]?.query ?? "")?.[0] ?? "";
      expecting("a role sees the statements of its own sessions; else this test shows nothing", seen).toBe(text);
      expect(await count(second, "finances")).toBe(1);
      await refused(seen, /another transaction/);
    });
  });

  it("keeps nothing beyond the transaction, whatever the guest leaves in the session", async () => {
    await reader.query("begin");
    const text = signClaims(key, other, await transactionOf(reader));
    await reader.query(set, [claimsSetting, text, false]);
    await reader.query("prepare kept as select count(*)::int as found from finances");
    expect((await reader.query<{ found: number }>("execute kept")).rows[0]?.found).toBe(1);
    await reader.query("commit");
    await expect(reader.query("execute kept")).rejects.toThrow(/another transaction/);
    await expect(reader.query("commit; begin; select * from finances")).rejects.toThrow(/another transaction/);
    await reader.query("rollback; reset all; deallocate all");
    expect(await count(reader, "finances")).toBe(0);
  });

  it("shows no row of another school to a guest who sets every setting that looks like a claim", async () => {
    for (const name of ["app.school_id", "homeroom.school_id", "homeroom.claims.school_id", "app.claims"]) {
      await asGuest(reader, key, principal, async () => {
        await reader.query(set, [name, "43", true]);
        await reader.query(set, ["row_security", "on", true]);
        expecting(name, await count(reader, "finances where school_id = 43")).toBe(0);
        expecting(name, await count(reader, "finances")).toBe(3);
      });
    }
    await asGuest(reader, key, principal, async () => {
      await reader.query("set row_security = off");
      await expect(count(reader, "finances")).rejects.toThrow(/row-level security/);
    });
  });

  it("lets the reader neither read the keys nor call what returns them nor change anything of the lock", async () => {
    const [verify] = lockFunctions;
    const [table] = [...policy.datasets.values()];
    expect(verify).toBeDefined();
    present(table);
    for (const sql of [
      `select * from ${keyTable}`,
      `select inner_pad from ${keyTable}`,
      `copy ${keyTable} to stdout`,
      `insert into ${keyTable} values ('a', '', '')`,
      `create table if not exists ${keyTable} (kid text)`,
      "select homeroom.claims()",
      "create or replace function homeroom.claim_integer(name text) returns bigint language sql as 'select 43'",
      "create function homeroom.claim_integer(name varchar) returns bigint language sql as 'select 43'",
      "create function public.claim_integer(name text) returns bigint language sql as 'select 43'",
      "create temporary table finances (school_id int)",
      "create function pg_temp.claim_integer(name text) returns bigint language sql as 'select 43'",
      "create cast (text as bigint) with inout as implicit",
      "create operator public.= (leftarg = int, rightarg = bigint, function = int48gt)",
      "alter function homeroom.claim_integer(text) reset all",
      "alter function homeroom.claim_integer(text) security invoker",
      `alter table ${table.table} disable row level security`,
      `drop policy homeroom_reader on ${table.table}`,
      `create policy mine on ${table.table} using (true)`,
      "set role schools_owner",
      "set session authorization schools_owner",
      "alter role analytics_reader bypassrls",
      "create extension pgcrypto",
      "copy (select 1) to program 'id'",
      "select pg_read_file('/etc/passwd')",
      "select lo_import('/etc/passwd')",
    ]) {
      await asGuest(reader, key, principal, () =>
        expecting(sql, reader.query(sql)).rejects.toThrow(
          /permission denied|must be (owner|superuser)|does not exist|must be member/,
        ),
      );
    }
    const { rows } = await reader.query<{ text: string }>(
      "select string_agg(prosrc, ' ') as text from pg_proc where pronamespace = 'homeroom'::regnamespace",
    );
    for (const secret of [key.innerPad, key.outerPad]) {
      expecting("a function's body is there for all to read", rows[0]?.text.includes(secret.toString("hex"))).toBe(
        false,
      );
    }
  });

  it("finds its own names whatever the search path, and tells nothing through a leaking function", async () => {
    await asGuest(reader, key, principal, async () => {
      await reader.query("set local search_path = pg_temp, public, homeroom");
      expect(await count(reader, "public.finances")).toBe(3);
      await reader.query("set local search_path = ''");
      expect(await count(reader, "public.finances")).toBe(3);
    });
    await asGuest(reader, key, principal, async () => {
      // A function that is not leakproof must run after the lock has picked the rows.
      expect(await count(reader, "finances where 1 / (school_id - 43) <> 7")).toBe(3);
    });
  });

  it("gives the same rows when a query runs in parallel workers, which are other backends", async () => {
    await owner.query("insert into finances select 'north', 42 + g % 2, 1, 1 from generate_series(1, 200000) g");
    await owner.query("alter table finances set (parallel_workers = 2)");
    await superuser.query("analyze finances");
    await asGuest(reader, key, principal, async () => {
      await reader.query(
        "set local parallel_setup_cost = 0; set local parallel_tuple_cost = 0; set local min_parallel_table_scan_size = 0",
      );
      const plan = await reader.query<{ "QUERY PLAN": string }>("explain (analyze) select count(*) from finances");
      const text = plan.rows.map((row) => row["QUERY PLAN"]).join("\n");
      expect(text).toMatch(/Workers Launched: [1-9]/);
      expect(await count(reader, "finances")).toBe(100_003);
    });
    await owner.query("delete from finances where student_id = 1");
  });

  it("changes keys without a refusal: two are accepted, and the old one ends when it is taken away", async () => {
    const next = newKey();
    await applyLock(owner, policy, [key, next]);
    for (const accepted of [key, next]) {
      expect(await asGuest(reader, accepted, other, () => count(reader, "finances"))).toBe(1);
    }
    await applyLock(owner, policy, [next]);
    await expect(asGuest(reader, key, other, () => count(reader, "finances"))).rejects.toThrow(/no such key/);
    await applyLock(owner, policy, [key]);
  });

  it("would show the other school if the signature were not checked, so these tests can fail", async () => {
    const found = await owner.query<{ body: string }>(
      "select pg_get_functiondef('homeroom.claims()'::regprocedure) as body",
    );
    const body = found.rows[0]?.body ?? "";
    const open = body.replace("sha256(pads.outer_pad || convert_to(given, 'UTF8')) <>", "false and '' <>");
    expect(open).not.toBe(body);
    await owner.query(open);
    const forged = { ...newKey(), kid: key.kid };
    expect(await asGuest(reader, forged, other, () => count(reader, "finances"))).toBe(1);
    await applyLock(owner, policy, [key]);
    await expect(asGuest(reader, forged, other, () => count(reader, "finances"))).rejects.toThrow(/signature is wrong/);
  });
});
