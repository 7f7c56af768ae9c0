import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser, Locator } from "playwright-core";
import { type ChartAnswer, open, portalUrl, startBrowser, type Visit } from "./browser.ts";
import { type Guest, guest, tokenOf } from "./guest.ts";
import { type Answer, ask, embedOrigin, guestHeader, rows } from "./live.ts";
import { expecting } from "../support/expecting.ts";
import { present } from "../support/narrowing.ts";

const LENGTH = 20;
const saved = "assessed_on desc, class_name, topic, tutor_name, year_level, score";

interface Result {
  readonly date: string;
  readonly cells: readonly string[];
}

let browser: Browser;
let principal: Guest;
let visit: Visit;
let table: Locator;
beforeAll(async () => {
  browser = await startBrowser();
  principal = await guest("principal", 42);
  visit = await open(browser, portalUrl(principal, "institutional-analytics", "sdk"));
  table = visit.frame.locator(".dashboard-component-chart-holder", { hasText: "Test results" }).first();
});
afterAll(async () => {
  await visit?.close();
  await browser.close();
});

/** Reads the school's rows without either lock, as the table writes them. */
function ofSchool(order: string, where = "true"): Promise<Result[]> {
  return rows<{ date: string; cells: string[] }>(
    `select to_char(assessed_on, 'YYYY-MM-DD') as date, array[to_char(assessed_on, 'DD Mon YYYY'), class_name, topic,
       tutor_name, year_level::text, score::float8::text] as cells
     from assessments where tenant = $1 and school_id = $2 and ${where} order by ${order}`,
    [principal.tenant, principal.school],
  );
}

async function shown(): Promise<string[][]> {
  const lines = await table.locator("table tbody tr").all();
  return Promise.all(lines.map(async (line) => (await line.locator("td").allInnerTexts()).map((text) => text.trim())));
}

async function shows(expected: readonly Result[]): Promise<void> {
  const wanted = expected.map(({ cells }) => cells);
  let seen: string[][] = [];
  for (const end = Date.now() + 60_000; Date.now() < end; await visit.page.waitForTimeout(200)) {
    seen = await shown().catch(() => []);
    if (JSON.stringify(seen) === JSON.stringify(wanted)) return;
  }
  expect(seen).toStrictEqual(wanted);
}

const isPaged = ({ body }: ChartAnswer): boolean => (body["queries"] as { is_rowcount?: boolean }[]).length === 2;

describe("a table that pages on the server, for a guest", () => {
  it("begins with the newest rows of the guest's own school, and counts them all", async () => {
    const all = await ofSchool(saved);
    expect(all.length).toBeGreaterThan(3 * LENGTH);
    await shows(all.slice(0, LENGTH));
    expect(await table.locator("input[placeholder]").first().getAttribute("placeholder")).toBe(
      `${all.length} records...`,
    );
  });

  it("goes to the next page", async () => {
    await table.locator("a[href='#page-1']").click();
    await shows((await ofSchool(saved)).slice(LENGTH, 2 * LENGTH));
  });

  it("goes to the last page and back to the first", async () => {
    const all = await ofSchool(saved);
    const last = Math.ceil(all.length / LENGTH) - 1;
    await table.locator(`a[href='#page-${last}']`).click();
    await shows(all.slice(last * LENGTH));
    await table.locator("a[href='#page-0']").click();
    await shows(all.slice(0, LENGTH));
  });

  it("sorts all rows, not those of a page", async () => {
    await table.locator("#header-score").click();
    await shows((await ofSchool(`score desc, ${saved}`)).slice(0, LENGTH));
    await table.locator("a[href='#page-1']").click();
    await shows((await ofSchool(`score desc, ${saved}`)).slice(LENGTH, 2 * LENGTH));
  });

  it("searches all rows by the column that was chosen", async () => {
    await table.locator(".search-select").click();
    await visit.frame.locator(".ant-select-item-option", { hasText: "topic" }).click();
    await table.locator("input[placeholder$='records...']").fill("tri");
    const found = await ofSchool(`score desc, ${saved}`, "topic ilike 'tri%'");
    expect(found.length).toBeGreaterThan(LENGTH);
    await shows(found.slice(0, LENGTH));
  });

  it("was answered each time", () => {
    const answers = visit.answers.filter(isPaged);
    expecting(`only ${answers.length} pages were asked for`, answers.length).toBeGreaterThanOrEqual(6);
    expect(answers.filter(({ status }) => status !== 200).map(({ text }) => text.slice(0, 200))).toStrictEqual([]);
    expect(visit.problems).toStrictEqual([]);
  });
});

describe("the pages of such a table", () => {
  interface Page {
    readonly row_limit: number;
    readonly row_offset: number;
    readonly orderby?: unknown;
  }

  /** Changes the page, order or search in both queries that the browser asked first. */
  function page(change: Page, searched: readonly object[] = []): Promise<Answer> {
    const [first] = visit.answers.filter(isPaged);
    present(first, "the browser asked for a page");
    const [query, count] = (first.body["queries"] as { filters: object[] }[]).map((asked) => ({
      ...asked,
      filters: [...asked.filters, ...searched],
    }));
    const { pathname, search } = new URL(first.url);
    return ask(`${embedOrigin}${pathname}${search}`, {
      method: "POST",
      headers: guestHeader(tokenOf(principal)),
      body: { ...first.body, queries: [{ ...query, ...change }, count] },
    });
  }

  for (const { column, where, searched } of [
    { column: "assessed_on" },
    { column: "tutor_name" },
    { column: "year_level", where: "topic ilike 'e%'", searched: [{ col: "topic", op: "ILIKE", val: "e%" }] },
  ])
    it(`hold every row once, sorted by ${column}${where === undefined ? "" : ` where ${where}`}, however many are equal`, async () => {
      const all = await ofSchool(`${column}, ${saved}`, where);
      const seen: string[] = [];
      for (let offset = 0; offset < all.length; offset += 100) {
        const { status, text } = await page(
          { row_limit: 100, row_offset: offset, orderby: [[column, true]] },
          searched,
        );
        expecting(text.slice(0, 300), status).toBe(200);
        const { result } = JSON.parse(text) as { result: { data: Record<string, string | number>[] }[] };
        expect(result[1]?.data[0]?.["rowcount"]).toBe(all.length);
        for (const row of result[0]?.data ?? []) {
          const date = new Date(Number(row["assessed_on"])).toISOString().slice(0, 10);
          seen.push([date, row["class_name"], row["topic"], row["tutor_name"], row["year_level"], row["score"]].join());
        }
      }
      expect(all.length).toBeGreaterThan(100);
      expect(seen).toStrictEqual(all.map(({ date, cells: [, ...rest] }) => [date, ...rest].join()));
    });

  for (const [why, change] of [
    ["of a length that the table does not offer", { row_limit: 21, row_offset: 0 }],
    ["that begins between two pages", { row_limit: 20, row_offset: 7 }],
    ["beyond the rows of the chart", { row_limit: 20, row_offset: 10_000 }],
    [
      "in the order of a column that it does not show",
      { row_limit: 20, row_offset: 0, orderby: [["student_id", true]] },
    ],
  ] as const)
    it(`are refused: one ${why}`, async () => {
      const { status, text } = await page(change);
      expecting(text.slice(0, 300), status).toBe(403);
    });
});
