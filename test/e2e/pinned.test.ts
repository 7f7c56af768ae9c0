import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser } from "playwright-core";
import { type ChartAnswer, open, portalUrl, startBrowser } from "./browser.ts";
import { type Guest, guest, tokenOf } from "./guest.ts";
import { type Answer, ask, embedOrigin, guestHeader } from "./live.ts";
import { expecting } from "../support/expecting.ts";

type Query = Record<string, unknown>;
interface Body extends Record<string, unknown> {
  readonly queries: readonly Query[];
}

let browser: Browser;
let principal: Guest;
let token: string;
/** Requests that the browser itself sends for charts of the dashboard: the attempts change one thing of them. */
let sent: ChartAnswer[];

beforeAll(async () => {
  browser = await startBrowser();
  principal = await guest("principal", 42);
  token = tokenOf(principal);
  const visit = await open(browser, portalUrl(principal, "institutional-analytics", "sdk"));
  sent = [...visit.answers];
  await visit.close();
});
afterAll(() => browser.close());

function bodyOf(answer: ChartAnswer): Body {
  return structuredClone(answer.body) as Body;
}

function grouped(): ChartAnswer {
  const found = sent.find((answer) =>
    bodyOf(answer).queries.some((query) => Array.isArray(query["columns"]) && query["columns"].length > 0),
  );
  if (found === undefined) throw new Error("the dashboard asked for no chart with columns");
  return found;
}

function post(answer: ChartAnswer, body: unknown): Promise<Answer> {
  const { pathname, search } = new URL(answer.url);
  return ask(`${embedOrigin}${pathname}${search}`, { method: "POST", headers: guestHeader(token), body });
}

function changed(change: (query: Query) => Query, top: Record<string, unknown> = {}): Promise<Answer> {
  const answer = grouped();
  const body = bodyOf(answer);
  return post(answer, { ...body, ...top, queries: body.queries.map(change) });
}

async function refused(attempt: Promise<Answer>, says: RegExp): Promise<void> {
  const { status, text } = await attempt;
  expecting(text.slice(0, 300), status).toBe(403);
  expect(text).toMatch(says);
}

describe("a guest's chart requests", () => {
  it("are answered as the browser sends them", async () => {
    expect(sent.length).toBeGreaterThanOrEqual(5);
    for (const answer of sent) {
      const again = await post(answer, answer.body);
      expecting(again.text.slice(0, 300), again.status).toBe(200);
    }
  });

  it("are answered with another order of the same columns", async () => {
    const answer = grouped();
    const body = bodyOf(answer);
    const queries = body.queries.map((query) => {
      const [metric] = (query["metrics"] ?? []) as unknown[];
      return metric === undefined ? query : { ...query, orderby: [[metric, true]] };
    });
    const again = await post(answer, { ...body, queries });
    expecting(again.text.slice(0, 300), again.status).toBe(200);
  });
});

describe("a guest is refused", () => {
  it("other columns of the same chart (L2)", () =>
    refused(
      changed((query) => ({ ...query, columns: ["student_id"] })),
      /student_id/,
    ));

  it("a column more than the chart has (L2)", () =>
    refused(
      changed((query) => ({ ...query, columns: [...(query["columns"] as unknown[]), "class_id"] })),
      /class_id/,
    ));

  it("an ad-hoc SQL metric (L3)", () => {
    const metric = { expressionType: "SQL", sqlExpression: "max(school_id)", label: "max" };
    return refused(
      changed((query) => ({ ...query, metrics: [metric] })),
      /metric/,
    );
  });

  it("an ad-hoc simple metric (L3)", () => {
    const metric = { expressionType: "SIMPLE", aggregate: "MAX", column: { column_name: "school_id" }, label: "max" };
    return refused(
      changed((query) => ({ ...query, metrics: [metric] })),
      /metric/,
    );
  });

  for (const type of ["samples", "drill_detail", "query", "columns", "timegrains"]) {
    it(`result type ${type} (L4)`, () =>
      refused(
        changed((query) => query, { result_type: type }),
        /result_type/,
      ));
    it(`result type ${type} of one query (L4)`, () =>
      refused(
        changed((query) => ({ ...query, result_type: type })),
        /result_type/,
      ));
  }

  it("a file instead of an answer (L4)", async () => {
    const { status } = await changed((query) => query, { result_format: "csv" });
    expect(status).toBe(403);
  });

  for (const where of ["school_id = 43 OR 1=1", "1=1) OR (1=1"]) {
    it(`extras.where ${where} (L5)`, () =>
      refused(
        changed((query) => ({ ...query, extras: { where } })),
        /where/,
      ));
    it(`extras.having ${where} (L5)`, () =>
      refused(
        changed((query) => ({ ...query, extras: { having: where } })),
        /having/,
      ));
  }

  it("a filter that the dashboard does not declare (L5)", () =>
    refused(
      changed((query) => ({ ...query, filters: [{ col: "student_id", op: "==", val: 42001 }] })),
      /filter/,
    ));

  it("a filter on an expression (L5)", () => {
    const col = { sqlExpression: "(select max(school_id) from assessments)", label: "x" };
    return refused(
      changed((query) => ({ ...query, filters: [{ col, op: "==", val: 1 }] })),
      /filter|column/,
    );
  });

  it("a chart that the dashboard does not hold", async () => {
    const answer = grouped();
    const body = bodyOf(answer);
    const form = { ...(body["form_data"] as Record<string, unknown>), slice_id: 99_999 };
    const { status } = await post(answer, { ...body, form_data: form });
    expect(status).toBe(403);
  });

  it("a request without a saved chart", async () => {
    const answer = grouped();
    const body: Record<string, unknown> = bodyOf(answer);
    delete body["form_data"];
    const { status } = await ask(`${embedOrigin}/api/v1/chart/data`, {
      method: "POST",
      headers: guestHeader(token),
      body,
    });
    expect(status).toBe(403);
  });

  it("another dataset behind the same chart", async () => {
    const answer = grouped();
    const body = bodyOf(answer);
    const datasource = { ...(body["datasource"] as { id: number }) };
    const { status } = await post(answer, { ...body, datasource: { ...datasource, id: datasource.id + 1 } });
    expect(status).toBe(403);
  });

  it("more rows than the chart asks for", async () => {
    const answer = grouped();
    const body = bodyOf(answer);
    const { status, text } = await post(answer, {
      ...body,
      queries: body.queries.map((query) => ({ ...query, row_limit: 1_000_000 })),
    });
    expecting(`${status} ${text.slice(0, 200)}`, status === 403 || (status === 200 && text.length < 1_000_000)).toBe(
      true,
    );
  });

  for (const path of [
    "/api/v1/dataset/1",
    "/api/v1/dataset/",
    "/api/v1/chart/1",
    "/api/v1/chart/1/data/",
    "/api/v1/database/",
    "/api/v1/sqllab/",
    "/api/v1/security/csrf_token/",
    "/api/v1/datasource/table/1/column/student_id/values/",
    "/api/v1/explore/?slice_id=1",
    "/api/v1/dashboard/",
    "/api/v1/log/",
    "/superset/explore/",
    "/datasource/samples?datasource_type=table&datasource_id=1",
  ]) {
    it(`GET ${path}`, async () => {
      const { status, text } = await ask(`${embedOrigin}${path}`, { headers: guestHeader(token) });
      expecting(text.slice(0, 200), status).toBe(403);
    });
  }

  it("raw samples by POST", async () => {
    const path = "/datasource/samples?datasource_type=table&datasource_id=1";
    const { status } = await ask(`${embedOrigin}${path}`, {
      method: "POST",
      headers: guestHeader(token),
      body: { filters: [] },
    });
    expect(status).toBe(403);
  });

  it("SQL of its own", async () => {
    const body = { database_id: 1, sql: "select 1" };
    const { status } = await ask(`${embedOrigin}/api/v1/sqllab/execute/`, {
      method: "POST",
      headers: guestHeader(token),
      body,
    });
    expect(status).toBe(403);
  });

  it("the columns and SQL of the datasets (L9)", async () => {
    const { status, text } = await ask(`${embedOrigin}/api/v1/dashboard/institutional-analytics/datasets`, {
      headers: guestHeader(token),
    });
    // The page needs some of this answer; what it must not hold are columns that no chart shows, and SQL.
    expect(status === 200 || status === 403).toBe(true);
    expect(text).not.toMatch(/student_id|"select_star"\s*:\s*"|avg\(score\)|count\(\*\)|"sql"\s*:\s*"[^"]/i);
  });
});
