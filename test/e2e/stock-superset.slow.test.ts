import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { platform } from "../../contract/index.ts";
import identifiers from "../../dashboards/identifiers.json" with { type: "json" };
import { childEnvironment } from "../../local/child-environment.ts";
import { supersetEnvironment } from "../../local/superset-environment.ts";
import { root } from "../workshop.ts";
import { type ChartAnswer, open, portalUrl, startBrowser } from "./browser.ts";
import { guest, tokenOf } from "./guest.ts";
import { type Answer, ask, embedOrigin, figure, guestHeader, hosts, live, secrets, settings, urls } from "./live.ts";

type Query = Record<string, unknown>;
type Row = Record<string, unknown>;
type Headers = Record<string, string>;

const SCHOOL = 42;
const dashboard = "institutional-analytics";
const START_SECONDS = 120;

/** Superset with none of our guards, on a port and with a guest secret of its own. */
class StockSuperset {
  private readonly folder = mkdtempSync(join(tmpdir(), "stock-superset-"));
  private readonly guestSecret = randomBytes(32).toString("base64url");
  private process: ChildProcess | undefined;
  private output = "";

  private constructor(
    readonly url: string,
    private readonly port: number,
  ) {}

  static async start(): Promise<StockSuperset> {
    const port = await sparePort();
    const stock = new StockSuperset(`http://${settings.address}:${port}`, port);
    try {
      await stock.run();
    } catch (error) {
      await stock.stop();
      throw error;
    }
    return stock;
  }

  private async run(): Promise<void> {
    const guestSecretFile = join(this.folder, "guest-secret");
    writeFileSync(guestSecretFile, this.guestSecret, { mode: 0o600 });
    const child = spawn(
      live.state.path("venv", "bin", "gunicorn"),
      [
        `--bind=${settings.address}:${this.port}`,
        "--workers=1",
        "--threads=4",
        "--worker-class=gthread",
        "--timeout=120",
        "--graceful-timeout=4",
        "superset.app:create_app()",
      ],
      {
        cwd: this.folder,
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          ...childEnvironment(process.env),
          ...supersetEnvironment(live.state, settings, root),
          SUPERSET_CONFIG_PATH: join(root, "test/e2e/stock/superset_config.py"),
          SUPERSET_HOME: this.folder,
          PYTHONDONTWRITEBYTECODE: "1",
          STOCK_AUTHOR_SECRET: platform.secretFiles.analyticsAuthorUser,
          STOCK_GUEST_SECRET_FILE: guestSecretFile,
        },
      },
    );
    this.process = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (this.output = (this.output + chunk.toString("utf8")).slice(-20_000)));
    for (const until = Date.now() + START_SECONDS * 1000; !(await this.answers());) {
      if (child.exitCode !== null || Date.now() > until)
        throw new Error(`stock Superset was not up after ${START_SECONDS} s:\n${this.tail()}`);
      await new Promise((wake) => setTimeout(wake, 500));
    }
  }

  private async answers(): Promise<boolean> {
    return ask(`${this.url}/health`).then(
      ({ status }) => status === 200,
      () => false,
    );
  }

  tail(): string {
    return this.output.slice(-3000);
  }

  /** A guest token as stock Superset makes it. */
  token(clause: string): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      user: { username: "guest", first_name: "Ada", last_name: "Lovelace" },
      resources: [{ type: "dashboard", id: identifiers.dashboards[dashboard].embedded_uuid }],
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
    const child = this.process;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function sparePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, settings.address, () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === "string") reject(new Error("no spare port"));
        else resolve(address.port);
      });
    });
  });
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
  const fields = { username: "admin", password: secrets.platform("adminPassword"), csrf_token: csrf };
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
  assert.equal(status, 200, text.slice(0, 300));
  return Object.keys((JSON.parse(text) as { result: { roles: object } }).result.roles);
}

let stock: StockSuperset;
/** What the browser sends for the charts of the dashboard; both servers get the same. */
let sent: readonly ChartAnswer[];
let ourToken: Headers;
let ourCookie: Headers;
let stockToken: Headers;
let stockCookie: Headers;
let ofSchool: number;
let ofAll: number;

before(async () => {
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
  assert.ok(Math.abs(ofAll - ofSchool) > 0.2, "this school cannot tell one from all: choose another");
});
after(() => stock?.stop());

const queriesOf = (answer: ChartAnswer): Query[] => structuredClone(answer.body["queries"]) as Query[];

function rowsOf({ status, text }: Answer): Row[] {
  assert.equal(status, 200, `${text.slice(0, 300)}\n${stock.tail()}`);
  const [result] = (JSON.parse(text) as { result: { data: Row[] }[] }).result;
  assert.ok(result);
  return result.data;
}

function averageChart(): ChartAnswer {
  const chart = sent.find((answer) =>
    queriesOf(answer).some(
      ({ metrics, columns }) => JSON.stringify([metrics, columns ?? []]) === '[["average_score"],[]]',
    ),
  );
  assert.ok(chart, "no chart asks for the average score alone");
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

/** A host of ours may be asked for past nginx: the header names it. */
function post(origin: string, headers: Headers, chart: ChartAnswer): Promise<Answer> {
  const { pathname, search } = new URL(chart.url);
  return ask(`${origin}${pathname}${search}`, { method: "POST", headers, body: chart.body });
}

const near = (value: number, expected: number): void =>
  assert.ok(Math.abs(value - expected) <= 0.051, `${value} instead of ${expected}`);

describe("an administrator's session beside a guest token (L1)", () => {
  it("is no part of it on either: the guest alone sees one school", async () => {
    assert.deepEqual(await roleNames(stock.url, stockToken), ["Homeroom Guest"]);
    near(await averageScore(stock.url, stockToken), ofSchool);
    near(await averageScore(embedOrigin, ourToken), ofSchool);
  });

  it("gives the guest all schools on stock Superset", async () => {
    const both = { ...stockToken, ...stockCookie };
    assert.deepEqual(await roleNames(stock.url, both), ["Admin"]);
    near(await averageScore(stock.url, both), ofAll);
  });

  it("gives the guest nothing on ours, through nginx or past it", async () => {
    assert.deepEqual(await roleNames(urls.studioTls, ourCookie), ["Admin"]);
    const both = { ...ourToken, ...ourCookie };
    near(await averageScore(embedOrigin, both), ofSchool);
    for (const host of [hosts.studio, ...hosts.embeds]) near(await averageScore(urls.web, { ...both, host }), ofSchool);
  });
});
