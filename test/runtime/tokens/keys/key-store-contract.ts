import { createPublicKey } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { forgetRetired, publicationLeadSeconds, revoke, rotate } from "../../../../runtime/tokens/keys/key-rotation.ts";
import type { KeyReader, KeyStore } from "../../../../runtime/tokens/keys/key-store.ts";
import { mintToken } from "../../../../runtime/tokens/minting/mint.ts";
import { generateSigningKey, type NewSigningKey, thumbprint } from "../../../../runtime/tokens/keys/signing-key.ts";
import { present } from "../../../support/narrowing.ts";

const now = 1_800_000_000;
const issuer = "https://north.example";
const person = {
  user_id: 1,
  username: "ada",
  email: "ada@north.example",
  first_name: "Ada",
  last_name: "",
  role: "principal" as const,
  school_id: 42,
};
let made: Promise<NewSigningKey> | undefined;
const firstKey = (): Promise<NewSigningKey> =>
  (made ??= generateSigningKey({ issuer, tenants: ["north"], activateAt: now - 10 }));

export interface FreshKeyStore {
  readonly store: KeyStore;
  /** Another process's view of the same keys. */
  readonly again: () => KeyReader;
}

/** Tests that every key store passes, and what rotation and signing make of it. */
export function keyStoreContract(name: string, fresh: () => Promise<FreshKeyStore>): void {
  describe(`${name} as a key store`, () => {
    it("is empty at first, and holds nobody's private half", async () => {
      const { store } = await fresh();
      expect(await store.read()).toStrictEqual({ keys: [] });
      expect(await store.privateKey("nobody-knows-it")).toBeUndefined();
    });

    it("gives both halves of an added key to every reader, and publishes no private member", async () => {
      const { store, again } = await fresh();
      const key = await firstKey();
      await store.add([key]);
      for (const reader of [store, again()]) {
        expect(await reader.read()).toStrictEqual({ keys: [key.publicKey] });
        const privateKey = await reader.privateKey(key.publicKey.kid);
        present(privateKey);
        const { n = "", e = "", kty = "" } = createPublicKey(privateKey).export({ format: "jwk" });
        expect(thumbprint({ e, kty, n })).toBe(key.publicKey.kid);
      }
      expect(JSON.stringify(await store.read())).not.toMatch(/"(d|p|q|private_key)"/);
    });

    it("holds a key once that is added twice", async () => {
      const { store } = await fresh();
      const key = await firstKey();
      await store.add([key]);
      await store.add([key]);
      expect((await store.read()).keys).toHaveLength(1);
    });

    it("changes dates and forgets keys that are left out", async () => {
      const { store, again } = await fresh();
      await store.add([await firstKey()]);
      await store.change(({ keys }) => ({ keys: keys.map((key) => ({ ...key, retire_at: now })) }));
      expect((await again().read()).keys.map(({ retire_at }) => retire_at)).toStrictEqual([now]);
      await store.change(() => ({ keys: [] }));
      expect(await again().read()).toStrictEqual({ keys: [] });
    });

    it("leaves everything alone when the edit gives the same keys back", async () => {
      const { store } = await fresh();
      await store.add([await firstKey()]);
      const before = await store.read();
      await store.change((jwks) => jwks);
      expect(await store.read()).toStrictEqual(before);
    });

    it("rotates: the next key signs after the lead, the old one verifies on, a revoked one signs nothing", async () => {
      const { store, again } = await fresh();
      const key = await firstKey();
      await store.add([key]);
      const next = await rotate(store, { issuer, now });
      const signer = async (at: number): Promise<string> =>
        (
          await mintToken(
            { person, tenant: "north", dashboard: "student-progress" },
            { keys: again(), audience: "homeroom", now: at },
          )
        ).kid;
      expect(await signer(now)).toBe(key.publicKey.kid);
      expect(await signer(now + publicationLeadSeconds)).toBe(next.kid);
      await revoke(store, next.kid, now + publicationLeadSeconds);
      expect(await signer(now + publicationLeadSeconds)).toBe(key.publicKey.kid);
      await expect(signer(now + publicationLeadSeconds + 1)).rejects.toThrow(/no active key/);
      expect(await forgetRetired(store, now + 10 * 86_400)).toHaveLength(2);
      expect(await again().read()).toStrictEqual({ keys: [] });
    });
  });
}
