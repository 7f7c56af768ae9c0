import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { createClient } from "@redis/client";
import { platform } from "../../contract/index.ts";
import { RedisTrustStore } from "../../runtime/adapters/redis/redis-trust-store.ts";
import type { Revocation } from "../../runtime/tokens/revocation/revocation.ts";
import { type Guest, guest, keyOf, tokenOf } from "./guest.ts";
import { ask, embedOrigin, guestHeader, live, settings, urls } from "./live.ts";

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

before(async () => {
  await Promise.all([store.open(), admin.connect()]);
  redisProcess = Number(/^process_id:(\d+)/m.exec(await admin.info("server"))?.[1]);
  [north, north43, south] = await Promise.all([
    guest("principal", 42),
    guest("principal", 43),
    guest("principal", 142),
  ]);
});

after(async () => {
  if (redisProcess > 0) process.kill(redisProcess, "SIGCONT");
  for (const revocation of revoked) await store.lift(revocation);
  store.close();
  admin.destroy();
});

/** Statuses of as many connections as reach every worker, with and without nginx in front. */
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
    for (const [name, token] of Object.entries(tokens)) assert.deepEqual(await answers(token), [200], name);
    await revoke({ kind: "jti", jti });
    await revoke({ kind: "user", tenant: "north", user_id: 777 });
    await revoke({ kind: "school", tenant: "north", school_id: 43 });
    await revoke({ kind: "kid", kid: keyOf("south").kid });
    await wait(staleSeconds * 1000);
    const { untouched, ...ended } = tokens;
    for (const [name, token] of Object.entries(ended)) {
      assert.deepEqual(await answers(token), [401], name);
      const page = await ask(`${embedOrigin}/embedded/dashboard/institutional-analytics?jwt=${token}`);
      assert.equal(page.status, 401, name);
    }
    assert.deepEqual(await answers(untouched), [200]);
  });

  it("leaves people who come back with a new token alone, but not those of a revoked key", async () => {
    assert.deepEqual(await answers(tokenOf(north, { user_id: 777 })), [200]);
    assert.deepEqual(await answers(tokenOf(north43)), [200]);
    assert.deepEqual(await answers(tokenOf(south)), [401]);
    await store.lift({ kind: "kid", kid: keyOf("south").kid });
    await wait(staleSeconds * 1000);
    assert.deepEqual(await answers(tokenOf(south)), [200]);
  });
});

describe("the list of revoked tokens", () => {
  it("denies guests when nobody can read it, and lets them in when it is back", async () => {
    const token = tokenOf(north);
    assert.deepEqual(await answers(token), [200]);
    process.kill(redisProcess, "SIGSTOP");
    try {
      await wait(staleSeconds * 1000);
      const began = performance.now();
      assert.deepEqual(await answers(token), [503]);
      assert.ok(performance.now() - began < 10_000, "a silent Redis must not hold requests up");
    } finally {
      process.kill(redisProcess, "SIGCONT");
    }
    await wait(2_000);
    assert.deepEqual(await answers(token), [200]);
  });

  it("when it is lost, refuses every token that was issued before and serves new ones", async () => {
    const old = tokenOf(north, { iat: Math.floor(Date.now() / 1000) - 5 });
    assert.deepEqual(await answers(old), [200]);
    await admin.del([revokedHash, revokedFloor]);
    await wait(staleSeconds * 1000);
    assert.deepEqual(await answers(old), [401]);
    assert.deepEqual(await answers(tokenOf(north)), [200]);
  });
});
