import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { before, describe, it } from "node:test";
import { jwtVerify } from "jose";
import { platform } from "../../../../contract/index.ts";
import type { UnjudgedPerson } from "../../../../contract/index.ts";
import { retired, revoke, rotate } from "../../../../runtime/tokens/keys/key-rotation.ts";
import { type MintRequest, mintToken } from "../../../../runtime/tokens/minting/mint.ts";
import { generateSigningKey, parseJwks } from "../../../../runtime/tokens/keys/signing-key.ts";
import { MemoryKeyStore } from "../keys/memory-key-store.ts";

const now = 1_800_000_000;
const issuer = "https://north.school.localhost";
const person: UnjudgedPerson = {
  user_id: 1,
  username: "ada",
  email: "ada@north.example",
  first_name: "Ada",
  last_name: "Lovelace",
  role: "teacher",
  school_id: 42,
  class_ids: [4201],
};
const request: MintRequest = { person, tenant: "north", dashboard: "student-progress" };

async function store(): Promise<MemoryKeyStore> {
  const keys = new MemoryKeyStore();
  await keys.add([
    await generateSigningKey({ issuer, tenants: ["north"], activateAt: now - 10 }),
    await generateSigningKey({ issuer: "https://south.school.localhost", tenants: ["south"], activateAt: now - 10 }),
  ]);
  return keys;
}

describe("minting", () => {
  let keys: MemoryKeyStore;
  const mint = (change: Partial<MintRequest> = {}, at = now) =>
    mintToken({ ...request, ...change }, { keys, audience: "homeroom", now: at });
  before(async () => {
    keys = await store();
  });

  it("signs RS256 with the tenant's key, names it and lives an hour", async () => {
    const { token, kid } = await mint();
    const jwk = keys.jwks.keys.find((key) => key.kid === kid);
    assert.ok(jwk);
    assert.deepEqual(jwk.tenants, ["north"]);
    const { payload, protectedHeader } = await jwtVerify(token, createPublicKey({ key: jwk, format: "jwk" }), {
      currentDate: new Date(now * 1000),
    });
    assert.deepEqual(protectedHeader, { alg: "RS256", typ: "JWT", kid });
    assert.equal(payload.iss, issuer);
    assert.equal(payload.exp, now + platform.limits.tokenMaxAgeSeconds);
  });

  it("refuses a tenant that no key may sign for", async () => {
    await assert.rejects(mint({ tenant: "east" }), /no active key may sign for tenant "east"/);
    await assert.rejects(mint({ tenant: "south", issuer }), /no active key of issuer/);
  });

  it("refuses to live longer than an hour or no time at all", async () => {
    for (const lifetime of [3601, 0, -1, 1.5, Number.NaN]) await assert.rejects(mint({ lifetime }), /lifetime is/);
  });

  it("refuses claims that the schema refuses", async () => {
    await assert.rejects(mint({ person: { ...person, class_ids: [] } }), /class_ids/);
    await assert.rejects(mint({ person: { ...person, school_id: 42.5 } }), /school_id/);
    await assert.rejects(mint({ person: { ...person, role: "student" } }), /student_id/);
  });

  it("signs what it judged, whatever an object would write of itself", async () => {
    const dated = { ...person, org_structure: new Date(0) as unknown as Record<string, never> };
    await assert.rejects(mint({ person: dated }), /org_structure: must be object/);
    const class_ids = Object.assign([4201], { toJSON: () => ["4201 OR 1=1"] });
    await assert.rejects(mint({ person: { ...person, class_ids } }), /class_ids\.0: must be integer/);
  });

  it("refuses a token that would not fit a request line", async () => {
    const departments = Array.from({ length: 50 }, (_, index) => `${"d".repeat(95)}${index}`);
    await assert.rejects(mint({ person: { ...person, org_structure: { departments } } }), /at most 6144/);
  });

  it("refuses when the private half is not here", async () => {
    const other = await store();
    other.private.clear();
    await assert.rejects(mintToken(request, { keys: other, audience: "homeroom", now }), /private half is not here/);
  });
});

describe("rotation of signing keys", () => {
  it("publishes the next key before anyone signs with it, and lets every old token end", async () => {
    const keys = await store();
    const mintAt = async (at: number): Promise<string> =>
      (await mintToken(request, { keys, audience: "homeroom", now: at })).kid;
    const old = await mintAt(now);
    const next = await rotate(keys, { issuer, now });
    assert.equal(await mintAt(now), old);
    assert.equal(await mintAt(next.activate_at - 1), old);
    assert.equal(await mintAt(next.activate_at), next.kid);
    const retireAt = keys.jwks.keys.find(({ kid }) => kid === old)?.retire_at ?? 0;
    const lastExpiry = next.activate_at - 1 + platform.limits.tokenMaxAgeSeconds;
    assert.ok(retireAt >= lastExpiry + platform.limits.clockSkewSeconds);
    assert.equal(keys.jwks.keys.find(({ iss }) => iss !== issuer)?.retire_at, null);
  });

  it("gives the pending key when it is asked twice", async () => {
    const keys = await store();
    const first = await rotate(keys, { issuer, now });
    assert.equal((await rotate(keys, { issuer, now: now + 1 })).kid, first.kid);
    assert.equal(keys.jwks.keys.length, 3);
  });

  it("never moves the end of a key that is already retiring", async () => {
    const keys = await store();
    const next = await rotate(keys, { issuer, now });
    const again = retired(keys.jwks, { ...next, activate_at: next.activate_at + 999 });
    assert.deepEqual(again, keys.jwks);
  });

  it("signs for the same tenants again after the issuer's only key was revoked", async () => {
    const keys = await store();
    const [key] = keys.jwks.keys;
    assert.ok(key);
    await revoke(keys, key.kid, now);
    const next = await rotate(keys, { issuer: key.iss, now, leadSeconds: 0 });
    assert.deepEqual(next.tenants, key.tenants);
    assert.equal((await mintToken(request, { keys, audience: "homeroom", now })).kid, next.kid);
  });

  it("revokes a key at once and then signs with it no more", async () => {
    const keys = await store();
    const [key] = keys.jwks.keys;
    assert.ok(key);
    await revoke(keys, key.kid, now);
    assert.equal(keys.jwks.keys[0]?.retire_at, now);
    await assert.rejects(mintToken(request, { keys, audience: "homeroom", now }), /no active key/);
    await assert.rejects(revoke(keys, "unknown", now), /no key has kid unknown; kids: /);
  });

  it("refuses an issuer that has no key", async () => {
    await assert.rejects(
      rotate(await store(), { issuer: "https://east.example", now }),
      /east.example has no key; issuers with keys/,
    );
  });

  it("refuses a JWKS with unknown members, short keys or one kid twice", async () => {
    const { jwks } = await store();
    const [key] = jwks.keys;
    assert.throws(() => parseJwks(JSON.stringify({ keys: [key, key] }), "jwks.json"), /listed twice/);
    assert.throws(() => parseJwks(JSON.stringify({ keys: [{ ...key, d: "x" }] }), "jwks.json"), /keys\.0/);
    assert.throws(() => parseJwks(JSON.stringify({ keys: [{ ...key, n: "abc" }] }), "jwks.json"), /at least 2048 bits/);
    assert.throws(() => parseJwks("{", "jwks.json"), /is no JSON/);
  });
});
