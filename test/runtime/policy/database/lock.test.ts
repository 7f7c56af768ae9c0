import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type pg from "pg";
import { readerExpression } from "../../../../runtime/policy/database/row-policies.ts";
import { applyLock, inspectLock } from "../../../../runtime/policy/database/lock.ts";
import { asGuest, count, newKey, policy, principal, SchoolsDatabase } from "./schools-database.ts";
import { expecting } from "../../../support/expecting.ts";

interface Hole {
  readonly what: string;
  /** The SQL that opens the hole; it runs as a superuser, unless it says otherwise. */
  readonly open: readonly string[];
  readonly close: readonly string[];
  /** The rows of other schools that a guest of school 42 can then read; only where reading is what the hole gives. */
  readonly leak?: string;
  readonly told: RegExp;
  /** Apply closes it by itself. */
  readonly mended?: true;
}

const dataset = policy.datasets.get("finances");
if (dataset === undefined) throw new Error("the policy has no finances");
const lockOfFinances = readerExpression(dataset);
const ofA = lockOfFinances.replaceAll(/"(tenant|school_id)" =/g, 'a."$1" =');

const holes: readonly Hole[] = [
  {
    what: "a materialised view",
    open: [
      "create materialized view spare.rolled as select * from finances",
      "grant select on spare.rolled to analytics_reader",
    ],
    close: ["drop materialized view spare.rolled"],
    leak: "spare.rolled",
    told: /spare\.rolled: a materialised view/,
  },
  {
    what: "a plain view",
    open: ["create view spare.plain as select * from finances", "grant select on spare.plain to analytics_reader"],
    close: ["drop view spare.plain"],
    leak: "spare.plain",
    told: /spare\.plain: a view that reads with its owner's rights/,
  },
  ...[
    ["without the claims", "select * from finances where school_id > 0"],
    ["with a second way in", `select * from finances where (${lockOfFinances}) or school_id = 43`],
    ["that compares one side of a join", `select b.* from finances a cross join finances b where ${ofA}`],
    [
      "that gives the claims the names of columns",
      `select c.other as school_id from (select g.school_id as other, homeroom.claim_text('tenant') as tenant,
         homeroom.claim_integer('school_id') as school_id from finances g) c where ${lockOfFinances}`,
    ],
    [
      "with a query of its own among its columns",
      `select (select max(g.school_id) from finances g) as school_id from finances where ${lockOfFinances}`,
    ],
  ].map(([what, select]) => ({
    what: `a security-barrier view ${what}`,
    open: [
      `create view spare.barrier with (security_barrier) as ${select}`,
      "grant select on spare.barrier to analytics_reader",
    ],
    close: ["drop view spare.barrier"],
    leak: "spare.barrier",
    told: /spare\.barrier: a view that reads with its owner's rights .*alter view .* set \(security_invoker = true\)/,
  })),
  {
    what: "a partition",
    open: ["grant select on assessments_rest to analytics_reader"],
    close: [],
    leak: "assessments_rest",
    told: /assessments_rest: a partition/,
    mended: true,
  },
  {
    what: "a foreign table",
    open: [
      "create foreign data wrapper nowhere",
      "create server elsewhere foreign data wrapper nowhere",
      "create foreign table spare.distant (school_id int) server elsewhere",
      "grant select on spare.distant to analytics_reader",
    ],
    close: ["drop foreign data wrapper nowhere cascade"],
    told: /spare\.distant: a foreign table/,
  },
  {
    what: "a table that the policy does not name, granted to PUBLIC",
    open: ["grant select on students to public"],
    close: [],
    leak: "students",
    told: /students: a table that the policy does not name/,
    mended: true,
  },
  {
    what: "one column of such a table",
    open: ["grant select (school_id) on students to analytics_reader"],
    close: [],
    leak: "students",
    told: /students: a table that the policy does not name/,
    mended: true,
  },
  {
    what: "a table granted to a role that a login of the readers is in",
    open: [
      "create role staff nologin",
      "grant select on spare.payroll to staff",
      "create role reader_login login noinherit in role analytics_reader, staff",
    ],
    close: ["drop role reader_login", "revoke all on spare.payroll from staff", "drop role staff"],
    told: /reader_login is a member of staff/,
  },
  {
    what: "a table granted to a login of the readers alone",
    open: ["create role reader_login login in role analytics_reader", "grant select on spare.payroll to reader_login"],
    close: ["revoke all on spare.payroll from reader_login", "drop role reader_login"],
    told: /spare\.payroll: a table that the policy does not name; reader_login may read it/,
  },
  {
    what: "a function with its owner's rights",
    open: [
      "create function spare.all_rows() returns setof finances language sql security definer as 'select * from public.finances'",
    ],
    close: ["drop function spare.all_rows()"],
    leak: "spare.all_rows()",
    told: /spare\.all_rows\(\): readers may call it, and it runs with the rights of postgres/,
  },
  {
    what: "a function that claims to be leakproof",
    open: [
      "create function spare.peek(school int) returns boolean language plpgsql leakproof as 'begin raise notice ''%'', school; return true; end'",
    ],
    close: ["drop function spare.peek(int)"],
    told: /spare\.peek\(integer\): readers may call it, and it is leakproof/,
  },
  {
    what: "default privileges on tables that are still to come",
    open: [
      "alter default privileges for role schools_owner in schema public grant select on tables to analytics_reader",
    ],
    close: [],
    told: /new tables of schools_owner in public: "analytics_reader" may read them at once/,
    mended: true,
  },
  {
    what: "a relation that a reader owns",
    open: ["create table spare.mine (school_id int)", "alter table spare.mine owner to analytics_reader"],
    close: ["drop table spare.mine"],
    told: /spare\.mine: belongs to analytics_reader/,
  },
  {
    what: "a schema in which readers make objects",
    open: ["grant create on schema spare to public"],
    close: ["revoke create on schema spare from public"],
    told: /schema spare: readers may make objects in it/,
  },
  {
    what: "temporary tables",
    open: ["grant temporary on database schools to public"],
    close: [],
    told: /database schools: readers may make objects in it/,
    mended: true,
  },
  {
    what: "row security that is off",
    open: ["alter table finances disable row level security"],
    close: [],
    leak: "finances",
    told: /public\.finances: row security is off/,
    mended: true,
  },
  {
    what: "row security that does not bind the owner",
    open: ["alter table finances no force row level security"],
    close: [],
    told: /public\.finances: row security does not bind the owner/,
    mended: true,
  },
  {
    what: "one more policy, because policies are joined by OR",
    open: ["create policy generous on finances for select using (true)"],
    close: [],
    leak: "finances",
    told: /public\.finances: policy generous is none of the lock's/,
    mended: true,
  },
  {
    what: "a policy that was altered",
    open: ["alter policy homeroom_reader on finances using (tenant = (select homeroom.claim_text('tenant')))"],
    close: [],
    leak: "finances",
    told: /public\.finances: policy homeroom_reader is not as written/,
    mended: true,
  },
  {
    what: "a policy for everybody",
    open: ["alter policy homeroom_author on finances to public"],
    close: [],
    leak: "finances",
    told: /public\.finances: policy homeroom_author is not as written/,
    mended: true,
  },
  {
    what: "a function of the lock that was replaced",
    open: [
      "create or replace function homeroom.claim_integer(text) returns bigint language plpgsql stable strict parallel restricted security definer set search_path = pg_catalog, pg_temp as 'begin return 43; end'",
    ],
    close: [],
    leak: "finances",
    told: /function homeroom\.claim_integer\(text\): is not as written/,
    mended: true,
  },
  {
    what: "a function of the lock that another owns",
    open: ["alter function homeroom.claim_text(text) owner to postgres"],
    close: [],
    told: /function homeroom\.claim_text\(text\): runs with the rights of postgres/,
    mended: true,
  },
  {
    what: "a function beside those of the lock",
    open: ["create function homeroom.claim_text(text, text) returns text language sql as 'select 1::text'"],
    close: [],
    told: /function homeroom\.claim_text\(text, text\): is none of the lock's/,
    mended: true,
  },
  {
    what: "keys that somebody may read",
    open: ["grant select (inner_pad, outer_pad) on homeroom.claim_keys to analytics_author"],
    close: ["revoke all (inner_pad, outer_pad) on homeroom.claim_keys from analytics_author"],
    told: /table homeroom\.claim_keys: "analytics_author" has SELECT/,
    mended: true,
  },
  {
    what: "a key that nobody gave",
    open: ["insert into homeroom.claim_keys values ('0000000000000000', '', '')"],
    close: [],
    told: /claims key 0000000000000000: is accepted still/,
    mended: true,
  },
  {
    what: "a right to write",
    open: ["grant insert on finances to analytics_reader"],
    close: [],
    told: /table "public"\."finances": "analytics_reader" has INSERT/,
    mended: true,
  },
];

describe("the lock of an analytics database", () => {
  const database = new SchoolsDatabase();
  const key = newKey();
  let superuser: pg.Client;
  let owner: pg.Client;
  let reader: pg.Client;

  beforeAll(async () => {
    await database.start();
    superuser = await database.connect("postgres");
    owner = await database.connect("schools_owner");
    for (const sql of [
      "create schema spare",
      "grant usage on schema spare to public",
      "create table spare.payroll (school_id int)",
      "create table students (school_id int)",
      "alter table students owner to schools_owner",
      "insert into students values (42), (43)",
    ]) {
      await superuser.query(sql);
    }
    await applyLock(superuser, policy, [key]);
    await makeLockedView();
    reader = await database.connect("analytics_reader");
  });

  afterAll(() => database.stop());

  /** Makes a security_invoker view, which shows what its reader may see. */
  async function makeLockedView(): Promise<void> {
    await superuser.query(
      "create or replace view spare.own with (security_invoker) as select * from finances where class_id > 0",
    );
    await superuser.query("grant select on spare.own to analytics_reader");
  }

  const foreign = (relation: string): Promise<number> =>
    asGuest(reader, key, principal, () =>
      count(reader, `(select school_id from ${relation}) r where school_id is distinct from 42`),
    );

  it("is whole, with a security_invoker view", async () => {
    expect(await inspectLock(superuser, policy, [key])).toStrictEqual({ changes: [], holes: [] });
    for (const relation of ["finances", "spare.own"]) expecting(relation, await foreign(relation)).toBe(0);
    expect(await asGuest(reader, key, principal, () => count(reader, "spare.own"))).toBe(3);
  });

  it("is applied by the owner alone, shows what it would change, changes that and then nothing", async () => {
    await superuser.query("drop schema homeroom cascade");
    await superuser.query("revoke all on spare.own, finances from analytics_reader");
    const planned = await inspectLock(owner, policy, [key]);
    expecting("planning changes nothing", planned).toStrictEqual(await inspectLock(owner, policy, [key]));
    expect(planned.changes.length).toBeGreaterThan(30);
    const made: string[] = [];
    const applied = await applyLock(owner, policy, [key], ({ because }) => made.push(because));
    expect(applied.changes).toStrictEqual(planned.changes);
    expect(made).toHaveLength(planned.changes.length);
    expect((await applyLock(owner, policy, [key])).changes).toStrictEqual([]);
    const text = JSON.stringify(planned.changes.map(({ statement, because }) => [statement, because]));
    for (const pad of [key.innerPad, key.outerPad])
      expect(!text.includes(pad.toString("hex")) && !text.includes(pad.toString("base64"))).toBe(true);
    await makeLockedView();
  });

  for (const { what, open, close, leak, told, mended } of holes) {
    it(`finds ${what}`, async () => {
      for (const sql of open) await superuser.query(sql);
      try {
        if (leak !== undefined) expecting("the hole must be one", await foreign(leak)).not.toBe(0);
        const found = await inspectLock(superuser, policy, [key]).then(
          ({ changes, holes: left }) => [...changes.map(({ because }) => because), ...left].join("\n"),
          (error: Error) => error.message,
        );
        expect(found).toMatch(told);
        if (mended) {
          expect((await applyLock(superuser, policy, [key])).holes).toStrictEqual([]);
          if (leak !== undefined) {
            const left = await foreign(leak).catch((error: Error) => error.message);
            expecting(String(left), left === 0 || /permission denied/.test(String(left))).toBe(true);
          }
        }
      } finally {
        for (const sql of close) await superuser.query(sql);
      }
      expect(await inspectLock(superuser, policy, [key])).toStrictEqual({ changes: [], holes: [] });
    });
  }

  it("says of a view the statement that locks it", async () => {
    await superuser.query(`create view spare."All" as select b.* from finances a cross join finances b where ${ofA}`);
    await superuser.query('grant select on spare."All" to analytics_reader');
    try {
      const { holes: found } = await inspectLock(superuser, policy, [key]);
      await superuser.query(/\((alter view .*)\);/.exec(found.join("\n"))?.[1] ?? "no statement");
      expect(await inspectLock(superuser, policy, [key])).toStrictEqual({ changes: [], holes: [] });
      expect(await foreign('spare."All"')).toBe(0);
    } finally {
      await superuser.query('drop view spare."All"');
    }
  });

  it("names every table that cannot be locked, in one error, and changes nothing", async () => {
    await superuser.query("alter table finances rename to money");
    await superuser.query("alter table attendance rename column tenant to customer");
    await superuser.query("alter table teacher_workload owner to postgres");
    await superuser.query("alter table tutor_feedback disable row level security");
    try {
      await expect(applyLock(superuser, policy, [key])).rejects.toThrow(
        /public\.attendance has no column tenant[^]*public\.teacher_workload belongs to postgres[^]*public\.finances does not exist/,
      );
      const { rows } = await superuser.query<{ on: boolean }>(
        "select relrowsecurity as \"on\" from pg_class where relname = 'tutor_feedback'",
      );
      expect(rows[0]?.on).toBe(false);
    } finally {
      await superuser.query("alter table money rename to finances");
      await superuser.query("alter table attendance rename column customer to tenant");
      await superuser.query("alter table teacher_workload owner to schools_owner");
      await applyLock(superuser, policy, [key]);
    }
  });

  it("is refused to a session that may not change the tables, and says as whom to connect", async () => {
    await expect(inspectLock(reader, policy, [key])).rejects.toThrow(
      /connected as analytics_reader; connect as schools_owner/,
    );
  });

  it("says that no key is accepted", async () => {
    const { holes: found } = await applyLock(superuser, policy, []);
    expect(found.join()).toMatch(/no claims key is accepted/);
    await applyLock(superuser, policy, [key]);
  });
});
