import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { createClient } from "@redis/client";
import { platform } from "../../../../contract/index.ts";
import { RedisTrustStore } from "../../../../runtime/adapters/redis/redis-trust-store.ts";
import { TrustStoreUnreadable } from "../../../../runtime/tokens/revocation/trust-store.ts";
import { TestRedis } from "../../../support/redis.ts";
import { MemoryTrustStore } from "./memory-trust-store.ts";
import { trustStoreContract } from "./trust-store-contract.ts";
import { expecting } from "../../../support/expecting.ts";
import { instance } from "../../../support/narrowing.ts";
import { rejection } from "../../../support/thrown.ts";

const { redisDatabase, revokedHash, revokedFloor, timeoutMs } = platform.trustStore;
const redis = new TestRedis();
const opened: { close(): void }[] = [];

async function open(change: { url?: string; passwordFile?: string } = {}): Promise<RedisTrustStore> {
  const store = new RedisTrustStore({ url: redis.url, passwordFile: redis.passwordFile, ...change });
  opened.push(store);
  await store.open();
  return store;
}

beforeAll(() => redis.start());
afterAll(async () => {
  for (const store of opened) store.close();
  await redis.remove();
});

trustStoreContract("memory", async () => new MemoryTrustStore());
trustStoreContract("Redis", async () => {
  await redis.admin((client) => client.flushDb());
  return open();
});

describe("the trust store in Redis", () => {
  beforeEach(() => redis.admin((client) => client.flushDb()));

  for (const lost of [[revokedHash], [revokedFloor], [revokedHash, revokedFloor]]) {
    it(`begins anew when ${lost.join(" and ")} is lost`, async () => {
      const store = await open();
      await store.begin(1_800_000_000);
      await redis.admin((client) => client.del(lost));
      await store.begin(1_900_000_000);
      expect((await store.list()).minIssuedAt).toBe(1_900_000_000);
    });
  }

  it("writes where the contract says, and revokes without a floor", async () => {
    const store = await open();
    await store.revoke([{ kind: "school", tenant: "north", school_id: 42 }], 1_800_000_000);
    expect((await store.list()).minIssuedAt).toBeUndefined();
    await redis.admin(async (client) => {
      expect({ ...(await client.hGetAll(revokedHash)) }).toStrictEqual({ "school:north:42": "1800000000" });
      await client.set(revokedFloor, "1700000000");
    });
    expect((await store.list()).minIssuedAt).toBe(1_700_000_000);
  });

  it("opens nothing but itself to the token service's user", async () => {
    const password = readFileSync(redis.passwordFile, "utf8").trim();
    const { hostname, port, username } = new URL(redis.url);
    const user = createClient({
      RESP: 2,
      username,
      password,
      disableClientInfo: true,
      socket: { host: hostname, port: Number(port) },
    });
    user.on("error", () => undefined);
    await user.connect();
    const [queue, result, entered] = ["celery", "celery-task-meta-1", `${platform.trustStore.enteredPrefix}1`];
    const forbidden = [
      ...[queue, result, entered].flatMap((key) => [
        ["GET", key],
        ["SET", key, "x"],
        ["HGETALL", key],
        ["EVAL", "return redis.call('GET', KEYS[1])", "1", key],
        ["EVAL", `return redis.call('SET', '${key}', 'x')`, "0"],
      ]),
      ...[
        ["LPUSH", queue, "{}"],
        ["BRPOP", queue, "1"],
        ["LRANGE", queue, "0", "-1"],
        ["LLEN", queue],
        ["DEL", revokedHash],
        ["RENAME", revokedHash, result],
        ["KEYS", "*"],
        ["SCAN", "0"],
        ["CONFIG", "GET", "*"],
        ["FLUSHALL"],
        ["FLUSHDB"],
        ["ACL", "LIST"],
        ["CLIENT", "LIST"],
        ["MONITOR"],
        ["SUBSCRIBE", "/0.celeryev/worker.heartbeat"],
        ["PUBLISH", "/0.celery.pidbox", "{}"],
        ["SCRIPT", "FLUSH"],
        ["DEBUG", "SLEEP", "0"],
        ["SHUTDOWN", "NOSAVE"],
      ],
    ];
    try {
      for (const database of [0, redisDatabase]) {
        await user.select(database);
        for (const command of forbidden) {
          await expecting(command.join(" "), user.sendCommand(command)).rejects.toThrow(
            /NOPERM|can't (run|access)|No permissions/i,
          );
        }
      }
      expect(await user.sendCommand(["HLEN", revokedHash])).toBe(0);
    } finally {
      user.destroy();
    }
  });

  it("shares uses and buckets between connections", async () => {
    const [one, two] = [await open(), await open()];
    expect([await one.useOnce("a client 1234", 60), await two.useOnce("a client 1234", 60)]).toStrictEqual([
      true,
      false,
    ]);
    const waits = [await one.take("slow", 2), await two.take("slow", 2), await one.take("slow", 2)];
    expect([waits[0], waits[1], (waits[2] ?? 0) > 0]).toStrictEqual([0, 0, true]);
    await redis.admin(async (client) => {
      expect(await client.ttl(`${platform.trustStore.assertionPrefix}a client 1234`)).toBeGreaterThan(50);
      expect(await client.ttl(`${platform.trustStore.ratePrefix}slow`)).toBeGreaterThan(60);
    });
  });

  it("does not sweep an entry that is renewed meanwhile", async () => {
    const store = await open();
    const school = { kind: "school" as const, tenant: "north", school_id: 42 };
    await store.revoke([school], 100);
    const renewing = {
      revocation: school,
      at: 99,
    };
    // As the sweep of another process that had read an older time.
    store.list = async () => ({ minIssuedAt: 0, entries: [renewing] });
    expect(await store.sweep(1_800_000_000, new Set())).toBe(0);
  });

  it("refuses calls at once while Redis is away, and goes on when it is back", async () => {
    const store = await open();
    await redis.stop();
    const began = performance.now();
    await expect(store.list()).rejects.toThrow(TrustStoreUnreadable);
    await expect(store.useOnce("a client 1234", 60)).rejects.toThrow(TrustStoreUnreadable);
    expect(performance.now() - began).toBeLessThan(4 * timeoutMs);
    await redis.start();
    for (let attempt = 0; ; attempt += 1) {
      try {
        expect(await store.useOnce("a client 1234", 60)).toBe(true);
        return;
      } catch (error) {
        if (attempt > 60) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  });

  it("gives a silent Redis up in time", async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    const url = `redis://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    const began = performance.now();
    await expect(open({ url })).rejects.toThrow(TrustStoreUnreadable);
    expect(performance.now() - began).toBeLessThan(6 * timeoutMs);
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it("reads the password of its file at each connection, and never shows it", async () => {
    const file = `${redis.passwordFile}-other`;
    writeFileSync(file, "wrong-password");
    const error = (await rejection(open({ passwordFile: file }))) as Error;
    instance(error, TrustStoreUnreadable);
    expect(`${error.message} ${String(error.cause)}`).not.toMatch(/wrong-password/);
    writeFileSync(file, readFileSync(redis.passwordFile));
    await (await open({ passwordFile: file })).list();
  });
});
