import { beforeAll, describe, expect, it } from "@jest/globals";
import { type Guest, guest, tokenOf } from "../e2e/guest.ts";
import { type Answer, ask, embedOrigin, guestHeader, rowsOf, urls } from "../e2e/live.ts";
import { embeddedUuid } from "../../contract/index.ts";
import { platform } from "../../contract/index.ts";
import { askChart, bodyOf, type SavedChart, savedCharts } from "./charts.ts";
import { eachOf } from "./lab.ts";
import { bodies, contentTypes, headers, operators, queryStrings, twisted, values } from "./odd-inputs.ts";
import { somebody } from "./people.ts";
import { addressOf, type Application, application, type Route } from "./routes.ts";
import { expecting } from "../support/expecting.ts";
import { present } from "../support/narrowing.ts";

const DASHBOARD = "institutional-analytics";
let app: Application;
let who: Guest;
let charts: readonly SavedChart[];
let known: Readonly<Record<string, string>>;

beforeAll(async () => {
  [app, who, charts] = await Promise.all([application(), guest("principal", 61), savedCharts()]);
  const [board] = await rowsOf<{ id: number }>(
    platform.databases.metadata,
    "select id from dashboards where slug = $1",
    [DASHBOARD],
  );
  known = {
    pk: String(board?.id),
    id_or_slug: DASHBOARD,
    slug: DASHBOARD,
    lang: "en",
    uuid: embeddedUuid(DASHBOARD),
    filename: "robots.txt",
    key: "x",
  };
});

interface Attempt {
  readonly title: string;
  readonly method: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function* attempts(writes: boolean): Generator<Attempt> {
  for (const [title, query] of Object.entries(queryStrings))
    for (const method of writes ? ["GET", "POST"] : ["GET"]) yield { title, method, query };
  for (const [title, sent] of Object.entries(headers)) yield { title, method: "GET", headers: sent };
  for (const [title, body] of Object.entries(bodies))
    for (const type of title in twisted ? contentTypes : contentTypes.slice(0, 1))
      for (const method of writes ? ["POST", "PUT"] : ["GET"])
        yield { title: `${title} as ${type}`, method, body, headers: { "content-type": type } };
}

const offered = (): Route[] => app.routes.filter(({ endpoint }) => app.guest.includes(endpoint));

/** Tells whether an answer is in words: a refusal of ours, a page, or a sentence with the request id. */
function wrongWith({ status, text, headers: sent }: Answer, method: string): string | undefined {
  if (status >= 500) return `${status}: ${text.slice(0, 120)}`;
  if (status < 400 || method === "HEAD") return undefined;
  if (/Traceback|psycopg2|SELECT |sqlalchemy|marshmallow|\.py\b/.test(text))
    return `tells too much: ${text.slice(0, 200)}`;
  const inWords = text.includes("HOMEROOM_") || text.includes("<h1>") || text.includes("<title>");
  if (!inWords) return `${status} without words: ${text.slice(0, 120)}`;
  return text.includes("HOMEROOM_FAILED") && !text.includes(String(sent["x-request-id"]))
    ? "does not name the request"
    : undefined;
}

async function tryAll(origin: string, withToken: boolean, routes: readonly Route[]): Promise<string[]> {
  const all = routes.flatMap((route) =>
    [...attempts(app.writes.includes(route.endpoint))].map((attempt) => ({ route, ...attempt })),
  );
  const wrong = await eachOf(all, async ({ route, title, method, query, headers: sent = {}, body }) => {
    const path = addressOf(route, known).split("?")[0] ?? "";
    const answer = await ask(`${origin}${path}${query === undefined ? "" : `?${query}`}`, {
      method,
      headers: { ...sent, ...(withToken ? guestHeader(tokenOf(who, { ...somebody(), dashboard: DASHBOARD })) : {}) },
      ...(body === undefined ? {} : { body }),
    });
    const found = wrongWith(answer, method);
    return found === undefined ? [] : [`${method} ${route.rule}, ${title} → ${found}`];
  });
  return wrong.flat();
}

describe("what no browser sends", () => {
  it("to any open route by a guest never ends in 5xx, and every refusal is in words", async () => {
    expect(await tryAll(embedOrigin, true, offered())).toStrictEqual([]);
  });

  it("to the same routes on the studio's host neither", async () => {
    expect(await tryAll(urls.studioTls, true, offered())).toStrictEqual([]);
  });

  it("without a token neither", async () => {
    const open = app.routes.filter(({ endpoint }) => app.open.includes(endpoint));
    expect(await tryAll(embedOrigin, false, open)).toStrictEqual([]);
    expect(await tryAll(urls.studioTls, false, open)).toStrictEqual([]);
  });

  it("as the value of any filter of any chart is 4xx or an answer", async () => {
    const ofEachTable = charts.filter(
      ({ table }, index) => charts.findIndex((other) => other.table === table) === index,
    );
    const asked = ofEachTable.flatMap((chart) => {
      const columns = [
        "subject_area",
        "rating",
        "score",
        "given_on",
        "year_level",
        ...strings(chart.params["groupby"]),
      ];
      return columns.flatMap((column) =>
        values.map((value, index) => ({ chart, column, value, op: operators[index % operators.length] ?? "" })),
      );
    });
    const wrong = await eachOf(asked, async ({ chart, column, value, op }) => {
      const body = JSON.stringify(bodyOf(chart, (query) => ({ ...query, filters: "FILTERS" }), false)).replaceAll(
        '"FILTERS"',
        `[{"col":${JSON.stringify(column)},"op":${JSON.stringify(op)},"val":${value}}]`,
      );
      const answer = await askChart(who, chart, body);
      const found = wrongWith(answer, "POST");
      return found === undefined ? [] : [`${chart.name}: ${column} ${op} ${value.slice(0, 40)} → ${found}`];
    });
    expect(wrong.flat()).toStrictEqual([]);
  });

  it("as lists of a query is refused before it costs time", async () => {
    const chart = charts.find(({ dashboard }) => dashboard === DASHBOARD);
    present(chart);
    const floods = {
      filters: Array.from({ length: 4_000 }, () => ({ col: "subject_area", op: "==", val: "x" })),
      orderby: Array.from({ length: 2_000 }, () => ["subject_area", true]),
      columns: Array.from({ length: 2_000 }, () => "subject_area"),
      metrics: Array.from({ length: 2_000 }, () => "count"),
    };
    for (const [name, list] of Object.entries(floods)) {
      const answer = await askChart(
        who,
        chart,
        bodyOf(chart, (query) => ({ ...query, [name]: list })),
      );
      expecting(`${name}: ${answer.status}`, [400, 403, 413]).toContain(answer.status);
      expecting(name, answer.text).toMatch(/HOMEROOM_REFUSED/);
    }
  });
});

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === "string") : [];
