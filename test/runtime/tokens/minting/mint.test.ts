import { createPublicKey } from "node:crypto";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { jwtVerify } from "jose";
import { platform } from "../../../../contract/index.ts";
import type { UnjudgedPerson } from "../../../../contract/index.ts";
import { revoke, rotate, withRetirement } from "../../../../runtime/tokens/keys/key-rotation.ts";
import { type MintRequest, mintToken } from "../../../../runtime/tokens/minting/mint.ts";
import { generateSigningKey, parseJwks } from "../../../../runtime/tokens/keys/signing-key.ts";
import { MemoryKeyStore } from "../keys/memory-key-store.ts";
import { present } from "../../../support/narrowing.ts";

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
  beforeAll(async () => {
    keys = await store();
  });

  it("signs RS256 with the tenant's key, names it and lives an hour", async () => {
    const { token, kid } = await mint();
    const jwk = keys.jwks.keys.find((key) => key.kid === kid);
    present(jwk);
    expect(jwk.tenants).toStrictEqual(["north"]);
    const { payload, protectedHeader } = await jwtVerify(token, createPublicKey({ key: jwk, format: "jwk" }), {
      currentDate: new Date(now * 1000),
    });
    expect(protectedHeader).toStrictEqual({ alg: "RS256", typ: "JWT", kid });
    expect(payload.iss).toBe(issuer);
    expect(payload.exp).toBe(now + platform.limits.tokenMaxAgeSeconds);
  });

  it("refuses a tenant that no key may sign for", async () => {
    await expect(mint({ tenant: "east" })).rejects.toThrow(/no active key may sign for tenant "east"/);
    await expect(mint({ tenant: "south", issuer })).rejects.toThrow(/no active key of issuer/);
  });

  it("refuses to live longer than an hour or no time at all", async () => {
    for (const lifetime of [3601, 0, -1, 1.5, Number.NaN])
      await expect(mint({ lifetime })).rejects.toThrow(/lifetime is/);
  });

  it("refuses claims that the schema refuses", async () => {
    await expect(mint({ person: { ...person, class_ids: [0] } })).rejects.toThrow(/class_ids/);
    await expect(mint({ person: { ...person, school_id: 42.5 } })).rejects.toThrow(/school_id/);
    await expect(mint({ person: { ...person, role: "student" } })).rejects.toThrow(/student_id/);
  });

  it("signs what it judged, whatever an object would write of itself", async () => {
    const dated = { ...person, org_structure: new Date(0) as unknown as Record<string, never> };
    await expect(mint({ person: dated })).rejects.toThrow(/org_structure: must be object/);
    const class_ids = Object.assign([4201], { toJSON: () => ["4201 OR 1=1"] });
    await expect(mint({ person: { ...person, class_ids } })).rejects.toThrow(
      /class_ids\.0: must be a whole number, or a UUID/,
    );
  });

  it("refuses a token that would not fit a request line", async () => {
    const departments = Array.from({ length: 50 }, (_, index) => `${"d".repeat(95)}${index}`);
    await expect(mint({ person: { ...person, org_structure: { departments } } })).rejects.toThrow(/at most 6144/);
  });

  it("refuses when the private half is not here", async () => {
    const other = await store();
    other.private.clear();
    await expect(mintToken(request, { keys: other, audience: "homeroom", now })).rejects.toThrow(
      /private half is not here/,
    );
  });
});

describe("rotation of signing keys", () => {
  it("publishes the next key before anyone signs with it, and lets every old token end", async () => {
    const keys = await store();
    const mintAt = async (at: number): Promise<string> =>
      (await mintToken(request, { keys, audience: "homeroom", now: at })).kid;
    const old = await mintAt(now);
    const next = await rotate(keys, { issuer, now });
    expect(await mintAt(now)).toBe(old);
    expect(await mintAt(next.activate_at - 1)).toBe(old);
    expect(await mintAt(next.activate_at)).toBe(next.kid);
    const retireAt = keys.jwks.keys.find(({ kid }) => kid === old)?.retire_at ?? 0;
    const lastExpiry = next.activate_at - 1 + platform.limits.tokenMaxAgeSeconds;
    expect(retireAt).toBeGreaterThanOrEqual(lastExpiry + platform.limits.clockSkewSeconds);
    expect(keys.jwks.keys.find(({ iss }) => iss !== issuer)?.retire_at).toBeNull();
  });

  it("gives the pending key when it is asked twice", async () => {
    const keys = await store();
    const first = await rotate(keys, { issuer, now });
    expect((await rotate(keys, { issuer, now: now + 1 })).kid).toBe(first.kid);
    expect(keys.jwks.keys).toHaveLength(3);
  });

  it("never moves the end of a key that is already retiring", async () => {
    const keys = await store();
    const next = await rotate(keys, { issuer, now });
    const again = withRetirement(keys.jwks, { ...next, activate_at: next.activate_at + 999 });
    expect(again).toStrictEqual(keys.jwks);
  });

  it("signs for the same tenants again after the issuer's only key was revoked", async () => {
    const keys = await store();
    const [key] = keys.jwks.keys;
    present(key);
    await revoke(keys, key.kid, now);
    const next = await rotate(keys, { issuer: key.iss, now, leadSeconds: 0 });
    expect(next.tenants).toStrictEqual(key.tenants);
    expect((await mintToken(request, { keys, audience: "homeroom", now })).kid).toBe(next.kid);
  });

  it("revokes a key at once and then signs with it no more", async () => {
    const keys = await store();
    const [key] = keys.jwks.keys;
    present(key);
    await revoke(keys, key.kid, now);
    expect(keys.jwks.keys[0]?.retire_at).toBe(now);
    await expect(mintToken(request, { keys, audience: "homeroom", now })).rejects.toThrow(/no active key/);
    await expect(revoke(keys, "unknown", now)).rejects.toThrow(/no key has kid unknown; kids: /);
  });

  it("refuses an issuer that has no key", async () => {
    await expect(rotate(await store(), { issuer: "https://east.example", now })).rejects.toThrow(
      /east.example has no key; issuers with keys/,
    );
  });

  it("refuses a JWKS with unknown members, short keys or one kid twice", async () => {
    const { jwks } = await store();
    const [key] = jwks.keys;
    expect(() => parseJwks(JSON.stringify({ keys: [key, key] }), "jwks.json")).toThrow(/listed twice/);
    expect(() => parseJwks(JSON.stringify({ keys: [{ ...key, d: "x" }] }), "jwks.json")).toThrow(/keys\.0/);
    expect(() => parseJwks(JSON.stringify({ keys: [{ ...key, n: "abc" }] }), "jwks.json")).toThrow(
      /at least 2048 bits/,
    );
    expect(() => parseJwks("{", "jwks.json")).toThrow(/is no JSON/);
  });
});
