import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser } from "playwright-core";
import {
  type ChartAnswer,
  foreign,
  open,
  portalUrl,
  comesToShow,
  shownNumber,
  startBrowser,
  type Visit,
  type Way,
} from "./browser.ts";
import { subjectOfHeads, dashboardOf, type Guest, guest, type Role, tokenOf } from "./guest.ts";
import { ask, databaseOf, embedOrigin, figure, guestHeader, rowsOf as rowsIn } from "./live.ts";
import { expecting } from "../support/expecting.ts";
import { present } from "../support/narrowing.ts";

interface Shown {
  readonly title: string;
  readonly decimals: number;
  readonly sql: string;
  readonly values: (guest: Guest) => unknown[];
}

const ofSchool = (guest: Guest): unknown[] => [guest.tenant, guest.school];
const ofClasses = (guest: Guest): unknown[] => [...ofSchool(guest), guest.classIds];
const ofSubject = (guest: Guest): unknown[] => [...ofSchool(guest), subjectOfHeads];
const ofStudent = (guest: Guest): unknown[] => [...ofSchool(guest), guest.studentId];

/** Written down from what the metrics mean, without their SQL, so that a wrong metric shows as well as a wrong row. */
const numbers: Readonly<Record<Role, readonly Shown[]>> = {
  principal: [
    {
      title: "Average score",
      decimals: 1,
      sql: "select avg(score) from assessments where tenant = $1 and school_id = $2",
      values: ofSchool,
    },
    {
      title: "Attendance",
      decimals: 1,
      sql: "select 100.0 * count(*) filter (where present) / count(*) from attendance where tenant = $1 and school_id = $2",
      values: ofSchool,
    },
  ],
  head_of_subject: [
    {
      title: "Average assessment score",
      decimals: 1,
      sql: "select avg(score) from assessments where tenant = $1 and school_id = $2 and subject_area = $3",
      values: ofSubject,
    },
    {
      title: "Course completion",
      decimals: 0,
      sql: `select 100.0 * sum(passed) / (8 * count(*)) from (select count(distinct topic) filter (where score >= 72) as passed
             from assessments where tenant = $1 and school_id = $2 and subject_area = $3 group by student_id, class_id) courses`,
      values: ofSubject,
    },
  ],
  teacher: [
    {
      title: "Average assessment score",
      decimals: 1,
      sql: "select avg(score) from assessments where tenant = $1 and school_id = $2 and class_id = any($3)",
      values: ofClasses,
    },
    {
      title: "Average feedback rating",
      decimals: 1,
      sql: "select avg(rating) from student_feedback where tenant = $1 and school_id = $2 and class_id = any($3)",
      values: ofClasses,
    },
  ],
  student: [
    {
      title: "Average score",
      decimals: 1,
      sql: "select avg(score) from assessments where tenant = $1 and school_id = $2 and student_id = $3",
      values: ofStudent,
    },
    {
      title: "Topics mastered",
      decimals: 0,
      sql: `select count(*) from (select distinct topic from assessments
             where tenant = $1 and school_id = $2 and student_id = $3 and score >= 72) mastered`,
      values: ofStudent,
    },
  ],
};

function rowsOf(answer: Pick<ChartAnswer, "text">): Record<string, unknown>[] {
  const parsed = JSON.parse(answer.text) as { result?: { data?: Record<string, unknown>[] }[] };
  return (parsed.result ?? []).flatMap((result) => result.data ?? []);
}

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

async function looking(who: Guest, way: Way, look: (visit: Visit) => Promise<void>): Promise<void> {
  const visit = await open(browser, portalUrl(who, dashboardOf[who.role], way));
  try {
    await look(visit);
  } finally {
    await visit.close();
  }
}

/** School 42 shares a database with others; school 207's tenant has its own. */
const visits = [
  { school: 42, way: "sdk" },
  { school: 42, way: "url" },
  { school: 207, way: "sdk" },
] as const;

for (const role of ["principal", "teacher", "student"] as const) {
  for (const { school, way } of visits) {
    describe(`a ${role} of school ${school}, embedded by ${way}`, () => {
      it("sees every chart drawn, with the numbers that SQL gives for these rows", async () => {
        const who = await guest(role, school);
        await looking(who, way, async ({ frame, answers, requested, problems, page }) => {
          expecting(`only ${answers.length} charts were asked for`, answers.length).toBeGreaterThanOrEqual(3);
          for (const answer of answers)
            expecting(`${answer.url}: ${answer.text.slice(0, 300)}`, answer.status).toBe(200);
          expecting("a chart shows an error", await frame.locator(".chart-slice [role=alert]").count()).toBe(0);
          for (const { title, decimals, sql, values } of numbers[role]) {
            const expected = await figure(sql, values(who), databaseOf(who.tenant));
            const shown = await shownNumber(frame, title);
            expecting(`${title}: shown ${shown}, SQL says ${expected}`, Math.abs(shown - expected)).toBeLessThanOrEqual(
              0.5 * 10 ** -decimals + 1e-9,
            );
          }
          expect(foreign(requested)).toStrictEqual([]);
          expecting(
            "something was fetched without TLS",
            requested.filter((url) => url.startsWith("http:")),
          ).toEqual([]);
          expect(page.url()).not.toContain("jwt=");
          expecting(
            "a frame's address still holds the token",
            page.frames().filter((inner) => inner.url().includes("jwt=")),
          ).toEqual([]);
          expect(problems.filter((text) => /CSP|Content Security|Refused to/.test(text))).toStrictEqual([]);
        });
      });
    });
  }
}

describe("guests of other schools", () => {
  it("see other numbers in the same dashboard", async () => {
    const found = new Map<number, string>();
    for (const school of [42, 43, 150, 207]) {
      const who = await guest("principal", school);
      await looking(who, "sdk", async ({ frame }) => {
        const shown = await shownNumber(frame, "Average score");
        const sql = "select avg(score) from assessments where school_id = $1";
        const expected = await figure(sql, [school], databaseOf(who.tenant));
        expecting(
          `school ${school}: shown ${shown}, SQL says ${expected}`,
          Math.abs(shown - expected),
        ).toBeLessThanOrEqual(0.051);
        found.set(
          school,
          await frame.locator(".dashboard-component-chart-holder .header-line").allInnerTexts().then(String),
        );
      });
    }
    expecting(JSON.stringify([...found]), new Set(found.values()).size).toBe(4);
  });

  it("get no row that names another school's people", async () => {
    const who = await guest("teacher", 42);
    await looking(who, "url", async ({ answers }) => {
      const tutors = new Set(
        answers
          .flatMap(rowsOf)
          .map((row) => row["tutor_name"])
          .filter((name) => typeof name === "string"),
      );
      const own = await figure("select count(*) from tutors where school_id = 42 and tutor_name = any($1)", [
        [...tutors],
      ]);
      expect(tutors.size).toBeGreaterThan(0);
      expect(own).toBe(tutors.size);
    });
  });
});

describe("a guest in the browser", () => {
  it("sorts a table and narrows by a filter without a refused request", async () => {
    const who = await guest("principal", 42);
    await looking(who, "sdk", async ({ frame, answers, page }) => {
      const before = answers.length;
      await frame.locator(".chart-slice table th").nth(1).click();
      await frame.locator(".chart-slice table tbody tr").first().waitFor();
      const expand = frame.locator("[data-test='filter-bar__expand-button']");
      if (await expand.count()) await expand.first().click();
      const box = frame.locator("[data-test='form-item-value'] input").first();
      await box.click();
      await box.fill("Mathematics");
      await frame.locator(".ant-select-item-option", { hasText: "Mathematics" }).first().click();
      await page.keyboard.press("Escape");
      await frame.locator("[data-test='filter-bar__apply-button']").click();
      const mathematics = "select avg(score) from assessments where school_id = 42 and subject_area = 'Mathematics'";
      await comesToShow(frame, "Average score", await figure(mathematics));
      expecting("the filter asked for nothing", answers.length).toBeGreaterThan(before);
      for (const answer of answers) expecting(`${answer.url}: ${answer.text.slice(0, 300)}`, answer.status).toBe(200);
    });
  });
});

describe("a tenant with a database of its own", () => {
  const tables = ["assessments", "attendance", "finances", "weekly_engagement"];
  const tenants = async (database: string): Promise<string[]> => {
    const found = new Set<string>();
    for (const table of tables) {
      for (const { tenant } of await rowsIn<{ tenant: string }>(database, `select distinct tenant from ${table}`)) {
        found.add(tenant);
      }
    }
    return [...found].sort();
  };

  it("shares it with nobody, so that the numbers above can come from nowhere else", async () => {
    expect(await tenants(databaseOf("east"))).toStrictEqual(["east"]);
    expect(await tenants(databaseOf("north"))).toStrictEqual(["north", "south"]);
  });

  it("sees none of another tenant's rows there, and no other tenant sees its", async () => {
    const own = await guest("principal", 42);
    let chart: ChartAnswer | undefined;
    await looking(own, "sdk", ({ answers }) => {
      chart = answers.find((answer) => answer.status === 200);
      return Promise.resolve();
    });
    present(chart);
    const { pathname, search } = new URL(chart.url);
    const body = { ...chart.body, force: true };
    const numbersFor = async (tenant: string, school: number): Promise<unknown[]> => {
      const headers = guestHeader(tokenOf({ ...own, tenant, school }));
      const answer = await ask(`${embedOrigin}${pathname}${search}`, { method: "POST", headers, body });
      expecting(answer.text.slice(0, 300), answer.status).toBe(200);
      return rowsOf({ text: answer.text })
        .flatMap((row) => Object.values(row))
        .filter((value) => typeof value === "number" && value !== 0);
    };
    for (const [tenant, school] of [
      ["north", 42],
      ["south", 142],
      ["east", 207],
    ] as const) {
      expecting(`${tenant} must see its school ${school}`, await numbersFor(tenant, school)).not.toEqual([]);
    }
    for (const [tenant, school] of [
      ["east", 42],
      ["east", 142],
      ["north", 207],
      ["south", 207],
    ] as const) {
      expecting(`${tenant} must see nothing of school ${school}`, await numbersFor(tenant, school)).toStrictEqual([]);
    }
  });
});
