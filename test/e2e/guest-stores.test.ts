import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createClient } from "@redis/client";
import { platform } from "../../contract/index.ts";
import { type Guest, guest, tokenOf } from "./guest.ts";
import { type Answer, ask, embedOrigin, guestHeader, rowsOf, secrets, settings, urls } from "./live.ts";
import { adminSession, cookieHeader, type Session } from "./studio.ts";

/** Databases of Redis, as cache/redis.py numbers them. */
const [SESSIONS, RATES] = [3, 4];
const client = (port: number, password: string, database: number) =>
  createClient({ socket: { host: settings.address, port }, password, database });
type Store = ReturnType<typeof client>;

let who: Guest;
let admin: Session;
let cache: Store;
let sessions: Store;

beforeAll(async () => {
  [who, admin] = [await guest("principal", 42), await adminSession()];
  cache = client(settings.ports.cacheRedis, secrets.mountedSecret("cacheRedisPassword"), 0);
  sessions = client(settings.ports.brokerRedis, secrets.mountedSecret("brokerRedisPassword"), SESSIONS);
  await cache.connect();
  await sessions.connect();
});
afterAll(() => {
  cache.destroy();
  sessions.destroy();
});

const asGuest = (path: string, body?: unknown, user = 7_000_001): Promise<Answer> =>
  ask(`${embedOrigin}${path}`, {
    headers: guestHeader(tokenOf(who, { user_id: user })),
    ...(body === undefined ? {} : { method: "POST", body }),
  });

const board = async (): Promise<number> => {
  const [row] = await rowsOf<{ id: number }>(
    platform.databases.metadata,
    "select id from dashboards where slug = 'institutional-analytics'",
  );
  return row?.id ?? 0;
};

const actions = async (): Promise<number> => {
  const [row] = await rowsOf<{ rows: string }>(platform.databases.metadata, "select count(*) as rows from logs");
  return Number(row?.rows);
};

describe("what a guest leaves behind", () => {
  it("is neither a session nor a row of the action log", async () => {
    const [written, kept] = [await actions(), await sessions.dbSize()];
    const id = await board();
    for (const path of ["/api/v1/me/", `/api/v1/dashboard/${id}`, `/api/v1/dashboard/${id}/charts`])
      expect((await asGuest(path)).status).toBe(200);
    expect((await asGuest(`/api/v1/dashboard/${id}/filter_state?tab_id=1`, { value: "{}" })).status).toBe(201);
    expect((await asGuest("/superset/log/?explode=events", { events: "[]" })).status).toBe(204);
    const [embedded] = await rowsOf<{ uuid: string }>(
      platform.databases.metadata,
      "select uuid from embedded_dashboards limit 1",
    );
    for (const origin of [embedOrigin, urls.studioTls])
      expect((await ask(`${origin}/embedded/${embedded?.uuid}`)).status).toBeLessThan(500);
    expect([await actions(), await sessions.dbSize()]).toStrictEqual([written, kept]);
  });

  it("is at most 32 filter states on a dashboard, however many tabs are named", async () => {
    const id = await board();
    const keys = new Set<string>();
    for (let tab = 0; tab < 100; tab += 1) {
      const answer = await asGuest(`/api/v1/dashboard/${id}/filter_state?tab_id=${tab}`, { value: "{}" }, 7_000_002);
      keys.add((JSON.parse(answer.text) as { key: string }).key);
    }
    expect(keys.size).toBe(32);
  });

  it("is bounded by a share of requests that takes nothing from another person", async () => {
    const user = 7_000_003;
    expect((await asGuest("/api/v1/me/", undefined, user)).status).toBe(200);
    const shares = client(settings.ports.cacheRedis, secrets.mountedSecret("cacheRedisPassword"), RATES);
    await shares.connect();
    try {
      const person = createHash("sha256").update(`${who.tenant}:${user}`).digest("hex").slice(0, 32);
      expect(Number(await shares.hGet(`homeroom:share:${person}`, "level"))).toBeGreaterThan(0);
      // As after so many requests at once, without waiting for a slow machine to answer them.
      await shares.hSet(`homeroom:share:${person}`, "level", platform.limits.guestBurst + 1_000);
    } finally {
      shares.destroy();
    }
    const refused = await asGuest("/api/v1/me/", undefined, user);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect((await asGuest("/api/v1/me/", undefined, 7_000_004)).status).toBe(200);
  });
});

describe("a full cache", () => {
  it("signs no author out and refuses no guest", async () => {
    const [limit] = await cache.configGet("maxmemory").then(({ maxmemory }) => [Number(maxmemory)]);
    const megabyte = "x".repeat(1_048_576);
    for (let part = 0; part * 1_048_576 < (limit ?? 0) * 1.2; part += 1) await cache.set(`flood:${part}`, megabyte);
    expect(await cache.info("stats")).toMatch(/evicted_keys:[1-9]/);
    const me = await ask(`${urls.studioTls}/api/v1/me/`, { headers: cookieHeader(admin) });
    expect([me.status, me.text.includes("admin")]).toStrictEqual([200, true]);
    expect((await asGuest(`/api/v1/dashboard/${await board()}/charts`, undefined, 7_000_005)).status).toBe(200);
    await cache.flushDb();
  });
});
