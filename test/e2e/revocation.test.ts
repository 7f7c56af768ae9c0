import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createClient } from "@redis/client";
import { platform } from "../../contract/index.ts";
import { RedisTrustStore } from "../../runtime/adapters/redis/redis-trust-store.ts";
import type { Revocation } from "../../runtime/tokens/revocation/revocation.ts";
import { type Guest, guest, keyOf, tokenOf } from "./guest.ts";
import { ask, embedOrigin, guestHeader, live, settings, urls } from "./live.ts";
import { expecting } from "../support/expecting.ts";

const { redisDatabase, revokedHash, revokedFloor, staleSeconds } = platform.trustStore;
const passwordFile = join(live.state.secrets, platform.secretFiles.brokerRedisPassword);
const store = new RedisTrustStore({ url: `redis://${settings.address}:${settings.ports.brokerRedis}`, passwordFile });
const admin = createClient({
  RESP: 2,
  password: readFileSync(passwordFile, "utf8").trim(),
  database: redisDatabase,
  socket: { host: settings.address, port: settings.ports.brokerRedis },
});
admin.on("error", () => undefined);
const api = `${embedOrigin}/api/v1/me/roles/`;
const everyWorker = 8 * platform.gunicorn.workers;
let north: Guest;
let north43: Guest;
let south: Guest;
let redisProcess = 0;
const revoked: Revocation[] = [];

beforeAll(async () => {
  await Promise.all([store.open(), admin.connect()]);
  redisProcess = Number(/^process_id:(\d+)/m.exec(await admin.info("server"))?.[1]);
  [north, north43, south] = await Promise.all([
    guest("principal", 42),
    guest("principal", 43),
    guest("principal", 142),
  ]);
});

afterAll(async () => {
  if (redisProcess > 0) process.kill(redisProcess, "SIGCONT");
  for (const revocation of revoked) await store.lift(revocation);
  store.close();
  admin.destroy();
});

/** Returns the statuses of enough connections to reach every worker, with and without nginx in front. */
async function answers(token: string): Promise<number[]> {
  const direct = `${urls.web}/api/v1/me/roles/`;
  const headers = { ...guestHeader(token), host: new URL(embedOrigin).host };
  const asked = Array.from({ length: everyWorker }, (_, index) =>
    index % 2 === 0 ? ask(api, { headers: guestHeader(token) }) : ask(direct, { headers }),
  );
  return [...new Set((await Promise.all(asked)).map(({ status }) => status))];
}

async function revoke(revocation: Revocation): Promise<void> {
  revoked.push(revocation);
  await store.revoke([revocation], Date.now() / 1000);
}

describe("a revocation", () => {
  it("ends tokens on every worker within the contract's seconds, and nobody else's", async () => {
    const jti = "e2e-revoked-token-0001";
    const tokens = {
      jti: tokenOf(north, { jti }),
      user: tokenOf(north, { user_id: 777 }),
      school: tokenOf(north43),
      kid: tokenOf(south),
      untouched: tokenOf(north),
    };
    for (const [name, token] of Object.entries(tokens)) expecting(name, await answers(token)).toStrictEqual([200]);
    await revoke({ kind: "jti", jti });
    await revoke({ kind: "user", tenant: "north", user_id: 777 });
    await revoke({ kind: "school", tenant: "north", school_id: 43 });
    await revoke({ kind: "kid", kid: keyOf("south").kid });
    await wait(staleSeconds * 1000);
    const { untouched, ...ended } = tokens;
    for (const [name, token] of Object.entries(ended)) {
      expecting(name, await answers(token)).toStrictEqual([401]);
      const page = await ask(`${embedOrigin}/embedded/dashboard/institutional-analytics?jwt=${token}`);
      expecting(name, page.status).toBe(401);
    }
    expect(await answers(untouched)).toStrictEqual([200]);
  });

  it("leaves people who come back with a new token alone, but not those of a revoked key", async () => {
    expect(await answers(tokenOf(north, { user_id: 777 }))).toStrictEqual([200]);
    expect(await answers(tokenOf(north43))).toStrictEqual([200]);
    expect(await answers(tokenOf(south))).toStrictEqual([401]);
    await store.lift({ kind: "kid", kid: keyOf("south").kid });
    await wait(staleSeconds * 1000);
    expect(await answers(tokenOf(south))).toStrictEqual([200]);
  });
});

describe("the list of revoked tokens", () => {
  it("denies guests when nobody can read it, and lets them in when it is back", async () => {
    const token = tokenOf(north);
    expect(await answers(token)).toStrictEqual([200]);
    process.kill(redisProcess, "SIGSTOP");
    try {
      await wait(staleSeconds * 1000);
      const began = performance.now();
      expect(await answers(token)).toStrictEqual([503]);
      expecting("a silent Redis must not hold requests up", performance.now() - began).toBeLessThan(10_000);
    } finally {
      process.kill(redisProcess, "SIGCONT");
    }
    await wait(2_000);
    expect(await answers(token)).toStrictEqual([200]);
  });

  it("when it is lost, refuses every token that was issued before and serves new ones", async () => {
    const old = tokenOf(north, { iat: Math.floor(Date.now() / 1000) - 5 });
    expect(await answers(old)).toStrictEqual([200]);
    await admin.del([revokedHash, revokedFloor]);
    await wait(staleSeconds * 1000);
    expect(await answers(old)).toStrictEqual([401]);
    expect(await answers(tokenOf(north))).toStrictEqual([200]);
  });
});
