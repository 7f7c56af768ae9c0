import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import pg from "pg";
import { run } from "../../cli/program.ts";
import { loginsOf, platform } from "../../contract/index.ts";
import { tenantDatabases } from "../../local/settings.ts";
import { DirectoryKeyStore } from "../../runtime/adapters/local/directory-key-store.ts";
import { type DatabaseUser, databaseUsers, readerOf } from "../../runtime/rotation/database-users/database-user.ts";
import { type ChartRequest, ConstantTraffic, type Failure, loggedSince, type Traffic } from "./constant-traffic.ts";
import { claimsOf, guest, type Guest, keyOf, type SigningKey, signRs256 } from "./guest.ts";
import { ask, databaseOf, embedOrigin, guestHeader, live, rowsOf, secrets, settings } from "./live.ts";
import { adminSession, change, type Session } from "./studio.ts";
import { expecting } from "../support/expecting.ts";
import { fail } from "../support/narrowing.ts";

const requestsPerSecond = 24;
const leadSeconds = 6;
/** DATA_DB of cache/redis.py. */
const chartDataDatabase = 1;
const dashboard = "institutional-analytics";
/** Tokens of ended keys ask for this one, so that nginx's log tells them from the traffic. */
const probed = "student-progress";

const sleep = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const now = (): number => Date.now() / 1000;

async function homeroom(...argv: string[]): Promise<string[]> {
  const printed: string[] = [];
  const failed: string[] = [];
  const output = { print: (line: string) => void printed.push(line), fail: (line: string) => void failed.push(line) };
  const code = await run(["node", "homeroom", ...argv], output);
  process.exitCode = 0;
  expecting(failed.join("\n"), code).toBe(0);
  return printed;
}

/** The request that the browser sends for the saved query of a chart on its dashboard. */
function chartRequest(chart: number, dashboardId: number, query: string): ChartRequest {
  const saved = JSON.parse(query) as { form_data: object };
  const address = encodeURIComponent(JSON.stringify({ slice_id: chart }));
  return {
    path: `/api/v1/chart/data?form_data=${address}&dashboard_id=${dashboardId}`,
    body: { ...saved, form_data: { ...saved.form_data, slice_id: chart, dashboardId } },
  };
}

/** Empties the cache, because cached answers reach no database. */
async function forgetChartData(): Promise<void> {
  const socket = connect(settings.ports.cacheRedis, settings.address);
  socket.write(
    `AUTH ${secrets.mountedSecret("cacheRedisPassword")}\r\nSELECT ${chartDataDatabase}\r\nFLUSHDB\r\nQUIT\r\n`,
  );
  socket.resume();
  await once(socket, "close");
}

/** Every user that the local stack has. */
const users: readonly DatabaseUser[] = [
  ...databaseUsers,
  ...tenantDatabases(settings).map(({ tenant }) => readerOf(tenant)),
];

const placeOf = ({ tenant, database }: DatabaseUser): string =>
  tenant === undefined ? platform.databases[database] : databaseOf(tenant);

/** Counts the sessions of each login in the user's database. */
async function sessionsOf(user: DatabaseUser): Promise<Map<string, number>> {
  const found = await rowsOf<{ login: string; sessions: string }>(
    "postgres",
    `select usename as login, count(*) as sessions from pg_stat_activity
     where usename = any ($1) and datname = $2 group by 1`,
    [loginsOf(user), placeOf(user)],
  );
  return new Map(found.map(({ login, sessions }) => [login, Number(sessions)]));
}

/** The role that a session of the user's present login has. */
async function roleBy(user: DatabaseUser): Promise<string | undefined> {
  const { username, password } = secrets.login(user);
  const { address: host, ports } = settings;
  const place = { host, port: ports.postgres, database: placeOf(user), ssl: false };
  const client = new pg.Client({ ...place, user: username, password });
  await client.connect();
  try {
    return (await client.query<{ role: string }>("select current_user as role")).rows[0]?.role;
  } finally {
    await client.end();
  }
}

/** An author who asks for a chart again and again, past the cache; ends with the answers that were not good. */
function authorAtWork(session: Session, query: string): () => Promise<{ asked: number; failures: readonly string[] }> {
  let stopped = false;
  let asked = 0;
  const failures: string[] = [];
  const work = (async () => {
    while (!stopped) {
      const answer = await change(session, "POST", "/api/v1/chart/data?force=true", JSON.parse(query));
      asked += 1;
      if (answer.status !== 200) failures.push(`${answer.status} ${answer.text.slice(0, 300)}`);
      await sleep(1);
    }
  })();
  return async () => {
    stopped = true;
    await work;
    return { asked, failures };
  };
}

describe("rotation under load", () => {
  let traffic: ConstantTraffic;
  let began: Date;
  let total: Traffic;
  let author: ReturnType<typeof authorAtWork>;
  const statuses: [number, number][] = [];
  const figures: string[] = [];

  async function status(person: Guest, { kid, issuer, key }: SigningKey): Promise<number> {
    const claims = claimsOf(person, { iss: issuer, dashboard: probed });
    const token = signRs256({ alg: "RS256", typ: "JWT", kid }, claims, key);
    return (await ask(`${embedOrigin}/api/v1/dashboard/${probed}`, { headers: guestHeader(token) })).status;
  }

  beforeAll(async () => {
    const found = await rowsOf<{ id: number; dashboard: number; dataset: string; query: string }>(
      platform.databases.metadata,
      `select s.id, d.id as dashboard, t.table_name as dataset, s.query_context as query from slices s
       join dashboard_slices ds on ds.slice_id = s.id join dashboards d on d.id = ds.dashboard_id
       join tables t on t.id = s.datasource_id where d.slug = $1 order by s.id`,
      [dashboard],
    );
    const charts = found.slice(0, 5);
    expect(charts).toHaveLength(5);
    // An author reads the rows of every school; these are few.
    const light = found.find(({ dataset }) => dataset === "finances") ?? fail("no chart of finances");
    const session = await adminSession();
    // nginx's log has whole seconds, and signing in is no part of the traffic.
    await sleep(1);
    began = new Date();
    traffic = new ConstantTraffic({
      dashboard,
      requestsPerSecond,
      charts: charts.map((chart) => chartRequest(chart.id, chart.dashboard, chart.query)),
    });
    author = authorAtWork(session, light.query);
    await sleep(5);
  });
  afterAll(async () => {
    total ??= await traffic.stop();
    await author();
  });

  it("passes from one signing key to the next, and the old one stops at its time", async () => {
    const person = await guest("principal", 7);
    const old = keyOf("north");
    const [rotated] = await homeroom(
      ...["keys", "rotate", "--dir", live.state.keys, "--issuer", old.issuer, "--lead-seconds", String(leadSeconds)],
    );
    expect(rotated ?? "").toMatch(/signs from/);
    await sleep(leadSeconds + 3);
    const next = keyOf("north");
    expect(next.kid).not.toBe(old.kid);
    expect(await status(person, next)).toBe(200);
    await traffic.settled();
    const asks = now();
    expect(await status(person, old)).toBe(200);
    // An hour and the clock skew are shortened to seconds; the verifiers' rule is the same.
    const retireAt = Math.ceil(now() + 4 + 4 * (now() - asks));
    const store = new DirectoryKeyStore(live.state.keys);
    const { keys } = await store.read();
    expect(keys.some(({ kid, retire_at }) => kid === old.kid && (retire_at ?? 0) > now() + 3_000)).toBe(true);
    await store.change((jwks) => ({
      keys: jwks.keys.map((key) => (key.kid === old.kid ? { ...key, retire_at: retireAt } : key)),
    }));
    for (let ended = 0; ended < 3;) {
      expecting(JSON.stringify(statuses), now()).toBeLessThan(retireAt + 60);
      const asked = now();
      const answer = await status(person, old);
      // An answer that straddles the second may be either.
      if (asked >= retireAt || now() < retireAt) statuses.push([asked - retireAt, answer]);
      if (asked >= retireAt) ended += 1;
      await sleep(0.4);
    }
    const before = statuses.filter(([time]) => time < 0).map(([, answer]) => answer);
    const later = statuses.filter(([time]) => time >= 0).map(([, answer]) => answer);
    expecting(JSON.stringify(statuses), before.length).toBeGreaterThan(0);
    expect([...new Set(before)]).toStrictEqual([200]);
    expect([...new Set(later)]).toStrictEqual([401]);
  });

  it("ends a revoked key at once, and its issuer goes on with another", async () => {
    const person = await guest("principal", 150);
    const revoked = keyOf("south");
    expect(await status(person, revoked)).toBe(200);
    const at = now();
    await homeroom(
      ...["keys", "revoke", revoked.kid, "--dir", live.state.keys],
      ...["--config", live.state.path("tokens", "service.json")],
    );
    while ((await status(person, revoked)) === 200)
      expecting("the revoked key verifies after 5 s", now()).toBeLessThan(at + 5);
    figures.push(`revoked key refused after ${(now() - at).toFixed(2)} s`);
    await homeroom("keys", "rotate", "--dir", live.state.keys, "--issuer", revoked.issuer, "--lead-seconds", "0");
    const next = keyOf("south");
    expect(next.kid).not.toBe(revoked.kid);
    expect(await status(person, next)).toBe(200);
  });

  for (const user of users) {
    it(`passes from one login of ${user.name} to the other`, async () => {
      const { name } = user;
      const old = secrets.login(user).username;
      const [printed] = await homeroom(
        ...["database-users", "rotate", name, "--state", live.state.root, "--port", String(settings.ports.postgres)],
      );
      const { username } = secrets.login(user);
      expect(username).not.toBe(old);
      expect(loginsOf(user)).toContain(username);
      expect(printed).toBe(`${name}  ${username} is in use`);
      expect(await roleBy(user)).toBe(user.role);
      // Nothing writes or reads the audit trail yet.
      if (user.database === "audit") return;
      await forgetChartData();
      let sessions = await sessionsOf(user);
      for (const until = now() + 120; (sessions.get(username) ?? 0) === 0; sessions = await sessionsOf(user)) {
        expecting(`nobody has connected as ${username} in 120 s: ${JSON.stringify([...sessions])}`, now()).toBeLessThan(
          until,
        );
        await sleep(0.5);
      }
      figures.push(`${name}: ${[...sessions].map(([login, count]) => `${count} sessions of ${login}`).join(", ")}`);
    });
  }

  it("fails no request, as the client and as nginx count", async () => {
    await sleep(5);
    const authored = await author();
    total = await traffic.stop();
    const logged = loggedSince(began).filter(({ path }) => !path.includes(probed));
    const bad = logged.filter((entry) => entry.status !== 200);
    const rate = total.requests / total.seconds;
    console.log(
      `# ${total.requests} requests in ${total.seconds.toFixed(1)} s (${rate.toFixed(1)}/s), ${total.tokens} tokens, ` +
        `99th percentile ${total.p99} ms; failed: client ${total.failures.length}, nginx ${bad.length} of ${logged.length}`,
    );
    for (const figure of [...figures, `an author asked ${authored.asked} times`]) console.log(`# ${figure}`);
    expect(authored.failures).toStrictEqual([]);
    expect(authored.asked).toBeGreaterThan(0);
    expect(total.failures satisfies readonly Failure[]).toStrictEqual([]);
    expect(bad).toStrictEqual([]);
    expecting(`nginx logged ${logged.length} of ${total.requests}`, logged.length).toBeGreaterThanOrEqual(
      total.requests,
    );
    expecting(`${rate.toFixed(1)} requests a second`, rate).toBeGreaterThanOrEqual(20);
  });
});
