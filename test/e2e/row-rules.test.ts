import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { platform } from "../../contract/index.ts";
import { type ChartAnswer, open, portalUrl, startBrowser } from "./browser.ts";
import { type Guest, guest, tokenOf } from "./guest.ts";
import { ask, embedOrigin, figure, guestHeader, rowsOf } from "./live.ts";
import { adminSession, change, type Session } from "./studio.ts";
import { expecting } from "../support/expecting.ts";
import { present } from "../support/narrowing.ts";

const area = "Mathematics";
const other = "Science";
const average = "select avg(score) from assessments where school_id = $1";

let admin: Session;
let sent: ChartAnswer;
let ofSchool: (school: number, claims?: Record<string, unknown>) => string;
const made: number[] = [];

async function idOf(sql: string): Promise<number> {
  const [row] = await rowsOf<{ id: number }>(platform.databases.metadata, sql);
  if (row === undefined) throw new Error(`${sql}: finds nothing`);
  return row.id;
}

beforeAll(async () => {
  const principals = new Map<number, Guest>();
  for (const school of [42, 43]) principals.set(school, await guest("principal", school));
  ofSchool = (school, claims = {}) => {
    const who = principals.get(school);
    if (who === undefined) throw new Error(`no principal of school ${school}`);
    return tokenOf(who, claims);
  };
  const browser = await startBrowser();
  try {
    const who = principals.get(42);
    present(who);
    const visit = await open(browser, portalUrl(who, "institutional-analytics", "sdk"));
    const chart = await idOf(
      "select id from slices where slice_name = 'Average score' and viz_type like 'big_number%'",
    );
    const found = visit.answers.find((answer) => answer.chart === chart);
    present(found, "the dashboard asked for its average score");
    sent = found;
  } finally {
    await browser.close();
  }
  admin = await adminSession();
});
afterAll(async () => {
  for (const id of made) await change(admin, "DELETE", `/api/v1/rowlevelsecurity/${id}`);
});

/** Adds a row rule as an administrator does on the studio's page. */
async function addRule(clause: string): Promise<number> {
  const table = await idOf("select id from tables where table_name = 'assessments'");
  const role = await idOf("select id from ab_role where name = 'Homeroom Guest'");
  const answer = await change(admin, "POST", "/api/v1/rowlevelsecurity/", {
    name: `e2e ${Date.now()}`,
    filter_type: "Regular",
    tables: [table],
    roles: [role],
    group_key: "",
    clause,
  });
  expecting(answer.text.slice(0, 300), answer.status).toBe(201);
  const { id } = JSON.parse(answer.text) as { id: number };
  made.push(id);
  return id;
}

async function removeRule(id: number): Promise<void> {
  expect((await change(admin, "DELETE", `/api/v1/rowlevelsecurity/${id}`)).status).toBe(200);
  made.splice(made.indexOf(id), 1);
}

interface Shown {
  readonly value: number | null;
  readonly cached: boolean;
}

async function shown(token: string, force = false): Promise<Shown> {
  const { pathname, search } = new URL(sent.url);
  const body = { ...sent.body, force };
  const answer = await ask(`${embedOrigin}${pathname}${search}`, { method: "POST", headers: guestHeader(token), body });
  expecting(answer.text.slice(0, 300), answer.status).toBe(200);
  const { result } = JSON.parse(answer.text) as {
    result: { data: Record<string, number | null>[]; is_cached: boolean | null }[];
  };
  const [first] = result;
  const value = Object.values(first?.data[0] ?? {})[0] ?? null;
  return { value: value === null ? null : Number(value), cached: first?.is_cached === true };
}

const near = (left: number | null, right: number): boolean => left !== null && Math.abs(left - right) < 0.01;

describe("a row rule that an administrator made with claim()", () => {
  it("holds for each guest, asked cached and forced in turns", async () => {
    const rule = await addRule("school_id = {{ claim('school_id') }} and subject_area = {{ claim('subject_area') }}");
    try {
      const guests = [
        { token: ofSchool(42, { subject_area: area }), school: 42, subject: area },
        { token: ofSchool(42, { subject_area: other }), school: 42, subject: other },
        { token: ofSchool(43, { subject_area: area }), school: 43, subject: area },
      ];
      const seen = new Set<number>();
      for (const force of [false, false, true, false]) {
        for (const { token, school, subject } of guests) {
          const expected = await figure(`${average} and subject_area = $2`, [school, subject]);
          const { value } = await shown(token, force);
          expecting(`school ${school}, ${subject}: shown ${value}, its own is ${expected}`, near(value, expected)).toBe(
            true,
          );
          seen.add(expected);
        }
      }
      expecting("these guests cannot tell each other's answers: choose others", seen.size).toBe(3);
      for (const { token } of guests) expect((await shown(token)).cached).toBe(true);
    } finally {
      await removeRule(rule);
    }
  });

  it("shows nothing to a guest without the claim, though another's answer is in the cache", async () => {
    const rule = await addRule("subject_area = {{ claim('subject_area') }}");
    try {
      expect((await shown(ofSchool(42, { subject_area: area }))).value).not.toBe(null);
      for (const force of [false, true]) expect((await shown(ofSchool(42), force)).value).toBeNull();
    } finally {
      await removeRule(rule);
    }
  });

  it("runs no other template, and shows nothing while one is there", async () => {
    for (const clause of [
      "school_id = {{ url_param('school') }}",
      "1 = {{ current_user_id() or 1 }}",
      "{% raw %}1=1{% endraw %}",
    ]) {
      const rule = await addRule(clause);
      try {
        expecting(clause, (await shown(ofSchool(42), true)).value).toBeNull();
      } finally {
        await removeRule(rule);
      }
    }
  });

  it("leaves everything as it was once it is gone", async () => {
    const { value } = await shown(ofSchool(42));
    expecting(`shown ${value}`, near(value, await figure(average, [42]))).toBe(true);
  });
});

describe("a guest's own text", () => {
  it("is never rendered as a template", async () => {
    const { pathname, search } = new URL(sent.url);
    const token = ofSchool(42);
    for (const text of ["{{ 7 * 7 }}", "{{ claim('school_id') }}", "{% if true %}1{% endif %}"]) {
      const queries = (sent.body["queries"] as Record<string, unknown>[]).map((query) => ({
        ...query,
        filters: [{ col: "subject_area", op: "IN", val: [text] }],
      }));
      const answer = await ask(`${embedOrigin}${pathname}${search}`, {
        method: "POST",
        headers: guestHeader(token),
        body: { ...sent.body, queries, force: true },
      });
      expecting(`${answer.status} ${answer.text.slice(0, 200)}`, [200, 403]).toContain(answer.status);
      expect(answer.text).not.toMatch(/\b49\b.*subject|= 42/);
      if (answer.status === 200) {
        const { result } = JSON.parse(answer.text) as { result: { data: Record<string, unknown>[] }[] };
        expecting("no subject is called that", Object.values(result[0]?.data[0] ?? {})[0] ?? null).toBeNull();
      }
    }
  });
});
