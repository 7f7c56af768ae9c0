import { createHmac, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { platform } from "../../contract/index.ts";
import { embeddedUuid } from "../../contract/index.ts";
import { root } from "../support/workshop.ts";
import { SupersetBeside } from "./beside.ts";
import { type ChartAnswer, open, portalUrl, startBrowser } from "./browser.ts";
import { guest, tokenOf } from "./guest.ts";
import { type Answer, ask, embedOrigin, figure, guestHeader, hosts, secrets, urls } from "./live.ts";
import { expecting } from "../support/expecting.ts";
import { present } from "../support/narrowing.ts";

type Query = Record<string, unknown>;
type Row = Record<string, unknown>;
type Headers = Record<string, string>;

const SCHOOL = 42;
const dashboard = "institutional-analytics";

/** Superset with none of our guards, with a guest secret of its own. */
class StockSuperset {
  private readonly guestSecret = randomBytes(32).toString("base64url");
  private beside: SupersetBeside | undefined;

  static async start(): Promise<StockSuperset> {
    const stock = new StockSuperset();
    stock.beside = await SupersetBeside.start({
      config: join(root, "test/e2e/stock/superset_config.py"),
      environment: (folder) => {
        const file = join(folder, "guest-secret");
        writeFileSync(file, stock.guestSecret, { mode: 0o600 });
        return {
          STOCK_AUTHOR_SECRET: platform.secretFiles.analyticsAuthorUser,
          STOCK_GUEST_SECRET_FILE: file,
        };
      },
    });
    return stock;
  }

  get url(): string {
    if (this.beside === undefined) throw new Error("stock Superset has not started");
    return this.beside.url;
  }

  tail(): string {
    return this.beside?.tail() ?? "";
  }

  /** A guest token as stock Superset makes it. */
  token(clause: string): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      user: { username: "guest", first_name: "Ada", last_name: "Lovelace" },
      resources: [{ type: "dashboard", id: embeddedUuid(dashboard) }],
      rls_rules: [{ clause }],
      iat: now,
      exp: now + 900,
      aud: "stock",
      type: "guest",
    };
    const input = [{ alg: "HS256", typ: "JWT" }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    return `${input}.${createHmac("sha256", this.guestSecret).update(input).digest("base64url")}`;
  }

  async stop(): Promise<void> {
    await this.beside?.stop();
  }
}

function sessionOf({ headers }: Answer): string {
  const pair = (headers["set-cookie"] ?? [])
    .map((line) => line.split(";")[0] ?? "")
    .find((line) => line.startsWith("session="));
  if (pair === undefined) throw new Error(`no session cookie among ${JSON.stringify(headers["set-cookie"])}`);
  return pair;
}

/** Signs in by the form, as a person does. */
async function adminCookie(origin: string): Promise<Headers> {
  const form = await ask(`${origin}/login/`);
  const csrf =
    /name="csrf_token"[^>]*value="([^"]+)"/.exec(form.text)?.[1] ??
    /csrf_token[^A-Za-z0-9_.-]+([A-Za-z0-9_.-]{20,})/.exec(form.text)?.[1];
  if (csrf === undefined) throw new Error(`${origin}/login/ holds no CSRF token: ${form.text.slice(0, 200)}`);
  const fields = { username: "admin", password: secrets.mountedSecret("adminPassword"), csrf_token: csrf };
  const answer = await ask(`${origin}/login/`, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      cookie: sessionOf(form),
      referer: `${origin}/login/`,
    },
    body: new URLSearchParams(fields).toString(),
  });
  if (answer.status !== 302) throw new Error(`signing in on ${origin} answered ${answer.status}`);
  return { cookie: sessionOf(answer) };
}

async function roleNames(origin: string, headers: Headers): Promise<string[]> {
  const { status, text } = await ask(`${origin}/api/v1/me/roles/`, { headers });
  expecting(text.slice(0, 300), status).toBe(200);
  return Object.keys((JSON.parse(text) as { result: { roles: object } }).result.roles);
}

let stock: StockSuperset;
/** Requests that the browser sends for the charts of the dashboard; both servers get the same. */
let sent: readonly ChartAnswer[];
let ourToken: Headers;
let ourCookie: Headers;
let stockToken: Headers;
let stockCookie: Headers;
let ofSchool: number;
let ofAll: number;

beforeAll(async () => {
  const principal = await guest("principal", SCHOOL);
  const browser = await startBrowser();
  try {
    const visit = await open(browser, portalUrl(principal, dashboard, "sdk"));
    sent = [...visit.answers];
  } finally {
    await browser.close();
  }
  stock = await StockSuperset.start();
  ourToken = guestHeader(tokenOf(principal));
  ourCookie = await adminCookie(urls.studioTls);
  stockToken = guestHeader(stock.token(`school_id = ${SCHOOL}`));
  stockCookie = await adminCookie(stock.url);
  const { from, to } = await period();
  const average =
    "select avg(score) from assessments where assessed_on >= to_timestamp($1) and assessed_on < to_timestamp($2)";
  ofSchool = await figure(`${average} and school_id = $3`, [from, to, SCHOOL]);
  ofAll = await figure(average, [from, to]);
  expecting("this school cannot tell one from all: choose another", Math.abs(ofAll - ofSchool)).toBeGreaterThan(0.2);
});
afterAll(() => stock?.stop());

const queriesOf = (answer: ChartAnswer): Query[] => structuredClone(answer.body["queries"]) as Query[];

function rowsOf({ status, text }: Answer): Row[] {
  expecting(`${text.slice(0, 300)}\n${stock.tail()}`, status).toBe(200);
  const [result] = (JSON.parse(text) as { result: { data: Row[] }[] }).result;
  present(result);
  return result.data;
}

function averageChart(): ChartAnswer {
  const chart = sent.find((answer) =>
    queriesOf(answer).some(
      ({ metrics, columns }) => JSON.stringify([metrics, columns ?? []]) === '[["average_score"],[]]',
    ),
  );
  present(chart, "no chart asks for the average score alone");
  return chart;
}

async function averageScore(origin: string, headers: Headers): Promise<number> {
  const [row] = rowsOf(await post(origin, headers, averageChart()));
  return Number(row?.["average_score"] ?? Number.NaN);
}

/** The seconds between which the chart looks, as stock Superset reads them from the request. */
async function period(): Promise<{ from: number; to: number }> {
  const answer = await post(stock.url, stockToken, averageChart());
  rowsOf(answer);
  const { result } = JSON.parse(answer.text) as { result: { from_dttm: number | null; to_dttm: number | null }[] };
  return { from: (result[0]?.from_dttm ?? 0) / 1000, to: (result[0]?.to_dttm ?? 4e12) / 1000 };
}

/** Sends a request to an embed host without nginx; the Host header names it. */
function post(origin: string, headers: Headers, chart: ChartAnswer): Promise<Answer> {
  const { pathname, search } = new URL(chart.url);
  return ask(`${origin}${pathname}${search}`, { method: "POST", headers, body: chart.body });
}

const near = (value: number, expected: number): void =>
  expecting(`${value} instead of ${expected}`, Math.abs(value - expected)).toBeLessThanOrEqual(0.051);

describe("an administrator's session beside a guest token (L1)", () => {
  it("is no part of it on either: the guest alone sees one school", async () => {
    expect(await roleNames(stock.url, stockToken)).toStrictEqual(["Homeroom Guest"]);
    near(await averageScore(stock.url, stockToken), ofSchool);
    near(await averageScore(embedOrigin, ourToken), ofSchool);
  });

  it("gives the guest all schools on stock Superset", async () => {
    const both = { ...stockToken, ...stockCookie };
    expect(await roleNames(stock.url, both)).toStrictEqual(["Admin"]);
    near(await averageScore(stock.url, both), ofAll);
  });

  it("gives the guest nothing on ours, through nginx or past it", async () => {
    expect(await roleNames(urls.studioTls, ourCookie)).toStrictEqual(["Admin"]);
    const both = { ...ourToken, ...ourCookie };
    near(await averageScore(embedOrigin, both), ofSchool);
    for (const host of [hosts.studio, ...hosts.embeds]) near(await averageScore(urls.web, { ...both, host }), ofSchool);
  });
});

/** The chart of the average score with something else asked in its name. */
function changedAverage(origin: string, headers: Headers, query: Query, body: Query = {}): Promise<Answer> {
  const { pathname, search } = new URL(averageChart().url);
  const asked = {
    ...averageChart().body,
    ...body,
    queries: queriesOf(averageChart()).map((saved) => ({ ...saved, ...query })),
  };
  return ask(`${origin}${pathname}${search}`, { method: "POST", headers, body: asked });
}

const sqlMetric = { expressionType: "SQL", sqlExpression: "max(student_id)", label: "most" };
const beyond: readonly (readonly [string, Query, Query, (rows: Row[]) => boolean])[] = [
  [
    "other columns of the same chart (L2)",
    { columns: ["student_id"] },
    {},
    (rows) => rows.length > 5 && rows.every((row) => "student_id" in row),
  ],
  ["an ad-hoc SQL metric (L3)", { metrics: [sqlMetric] }, {}, ([row]) => Number(row?.["most"]) > 1000 * SCHOOL],
  [
    "raw rows of an aggregate (L4)",
    {},
    { result_type: "samples" },
    (rows) => rows.length > 100 && rows.every((row) => "student_id" in row),
  ],
];

describe("a guest who asks more than the chart does", () => {
  for (const [name, query, body, holds] of beyond)
    it(`gets ${name} from stock Superset, and 403 from ours`, async () => {
      const given = rowsOf(await changedAverage(stock.url, stockToken, query, body));
      expecting(JSON.stringify(given.slice(0, 3)), holds(given)).toBe(true);
      const { status } = await changedAverage(embedOrigin, ourToken, query, body);
      expect(status).toBe(403);
    });

  it("gets every column and the SQL of each dataset from stock Superset, and only what is drawn from ours (L9)", async () => {
    const path = `/api/v1/dashboard/${dashboard}/datasets`;
    const theirs = await ask(`${stock.url}${path}`, { headers: stockToken });
    expecting(theirs.text.slice(0, 300), theirs.status).toBe(200);
    for (const secret of [/"student_id"/, /avg\(score\)/]) {
      expect(theirs.text).toMatch(secret);
      const ours = await ask(`${embedOrigin}${path}`, { headers: ourToken });
      expect(ours.status).toBe(200);
      expect(ours.text).not.toMatch(secret);
    }
  });
});
