import { describe, expect, it } from "@jest/globals";
import { platform } from "../../../../contract/index.ts";
import { type Revocation, RevocationError } from "../../../../runtime/tokens/revocation/revocation.ts";
import type { TrustStore } from "../../../../runtime/tokens/revocation/trust-store.ts";
import { expecting } from "../../../support/expecting.ts";

const school: Revocation = { kind: "school", tenant: "north", school_id: 42 };
const key: Revocation = { kind: "kid", kid: "north-key-1" };
const hour = platform.limits.tokenMaxAgeSeconds;

/** Tests that every trust store passes; `fresh` gives an empty one. */
export function trustStoreContract(name: string, fresh: () => Promise<TrustStore>): void {
  describe(`${name} as a trust store`, () => {
    it("begins its list once, and gives no entry for that", async () => {
      const store = await fresh();
      expect((await store.list()).minIssuedAt).toBeUndefined();
      for (const now of [1_800_000_000.7, 1_900_000_000]) await store.begin(now);
      expect(await store.list()).toStrictEqual({ minIssuedAt: 1_800_000_000, entries: [] });
    });

    it("keeps what was revoked and gives it back", async () => {
      const store = await fresh();
      await store.revoke([school, key], 1_800_000_000.7);
      const { entries } = await store.list();
      expect(
        entries.toSorted((left, right) => left.revocation.kind.localeCompare(right.revocation.kind)),
      ).toStrictEqual([
        { revocation: key, at: 1_800_000_000 },
        { revocation: school, at: 1_800_000_000 },
      ]);
    });

    it("moves an entry later, never earlier", async () => {
      const store = await fresh();
      for (const at of [100, 300, 200]) await store.revoke([school], at);
      expect((await store.list()).entries).toStrictEqual([{ revocation: school, at: 300 }]);
    });

    it("lifts one entry and says when there was none", async () => {
      const store = await fresh();
      await store.revoke([school, key], 100);
      expect(await store.lift(school)).toBe(true);
      expect(await store.lift(school)).toBe(false);
      expect((await store.list()).entries).toStrictEqual([{ revocation: key, at: 100 }]);
    });

    it("sweeps what no live token can match, and keys only when nobody publishes them", async () => {
      const store = await fresh();
      const now = 1_800_000_000;
      await store.revoke([school, key, { kind: "kid", kid: "north-key-2" }], now - 100_000);
      await store.revoke([{ kind: "tenant", tenant: "south" }], now - hour);
      expect(await store.sweep(now, new Set(["north-key-1"]))).toBe(2);
      expect((await store.list()).entries.map(({ revocation }) => revocation.kind).toSorted()).toStrictEqual([
        "kid",
        "tenant",
      ]);
      expect(await store.sweep(now, new Set(["north-key-1"]))).toBe(0);
    });

    it("keeps places for schools, and more for tenants and keys, when it is full of people", async () => {
      const store = await fresh();
      const fill = async (from: number, to: number, make: (number: number) => Revocation): Promise<void> => {
        for (let start = from; start < to; start += 1000) {
          await store.revoke(
            Array.from({ length: Math.min(1000, to - start) }, (_, index) => make(start + index + 1)),
            100,
          );
        }
      };
      const user = (number: number): Revocation => ({ kind: "user", tenant: "north", user_id: number });
      const schoolOf = (number: number): Revocation => ({ kind: "school", tenant: "north", school_id: number });
      const kid = (number: number): Revocation => ({ kind: "kid", kid: `key-${String(number).padStart(8, "0")}` });
      const tenant: Revocation = { kind: "tenant", tenant: "north" };
      const most = platform.trustStore.revokedMax;

      await fill(0, 0.8 * most, user);
      await expect(store.revoke([user(most)], 100)).rejects.toThrow(/revoke the school, the tenant or the key/);
      await expect(store.revoke([{ kind: "jti", jti: "12345678" }], 100)).rejects.toThrow(RevocationError);
      await expect(store.revoke([tenant, user(most)], 100)).rejects.toThrow(RevocationError);
      await store.revoke([user(1)], 200);
      expecting("all of a call or nothing", await store.lift(tenant)).toBe(false);

      await fill(0, 0.1 * most, schoolOf);
      await expect(store.revoke([schoolOf(most)], 100)).rejects.toThrow(/revoke the tenant or the key/);
      await fill(0, 0.1 * most - 1, kid);
      await store.revoke([tenant], 100);
      await expect(store.revoke([kid(most)], 100)).rejects.toThrow(/revoke lift/);
    });

    it("says which keys are revoked", async () => {
      const store = await fresh();
      await store.revoke([key], 100);
      expect(await store.revokedKids(["north-key-0", "north-key-1"])).toStrictEqual(new Set(["north-key-1"]));
      expect(await store.revokedKids([])).toStrictEqual(new Set());
    });

    it("lets one of many use a name", async () => {
      const store = await fresh();
      const answers = await Promise.all(Array.from({ length: 8 }, () => store.useOnce("portal 0123456789", 60)));
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(await store.useOnce("portal 9876543210", 60)).toBe(true);
    });

    it("lets a minute's requests pass and tells how long to wait", async () => {
      const store = await fresh();
      const waits = [];
      for (let call = 0; call < 4; call += 1) waits.push(await store.take("slow", 3));
      expect(waits.slice(0, 3)).toStrictEqual([0, 0, 0]);
      expecting(String(waits[3]), waits[3] ?? 0).toBeGreaterThan(0);
      expecting(String(waits[3]), waits[3] ?? 0).toBeLessThanOrEqual(20);
      expect(await store.take("other", 3)).toBe(0);
    });
  });
}
