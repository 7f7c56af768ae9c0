import type { KeyObject } from "node:crypto";
import type { KeyStore } from "../../../../runtime/tokens/keys/key-store.ts";
import { type Jwks, type NewSigningKey, withKeys } from "../../../../runtime/tokens/keys/signing-key.ts";

export class MemoryKeyStore implements KeyStore {
  jwks: Jwks = { keys: [] };
  readonly private = new Map<string, KeyObject>();

  read(): Promise<Jwks> {
    return Promise.resolve(this.jwks);
  }

  privateKey(kid: string): Promise<KeyObject | undefined> {
    return Promise.resolve(this.private.get(kid));
  }

  add(keys: readonly NewSigningKey[]): Promise<void> {
    for (const { privateKey, publicKey } of keys) this.private.set(publicKey.kid, privateKey);
    return this.change((jwks) => withKeys(jwks, keys));
  }

  change(edit: (jwks: Jwks) => Jwks): Promise<void> {
    this.jwks = edit(this.jwks);
    return Promise.resolve();
  }
}
