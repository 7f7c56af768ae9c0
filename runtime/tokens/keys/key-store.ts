import type { KeyObject } from "node:crypto";
import type { Jwks, NewSigningKey } from "./signing-key.ts";

export interface KeyReader {
  /** Reads the published keys; the list is empty before the first key. */
  read(): Promise<Jwks>;
  /** Reads a private key; undefined when this store does not hold it. */
  privateKey(kid: string): Promise<KeyObject | undefined>;
}

export interface KeyStore extends KeyReader {
  /** Adds keys. Each private key is stored before its public key is published. */
  add(keys: readonly NewSigningKey[]): Promise<void>;
  /**
   * Publishes the key set that `edit` returns: other dates, or fewer keys. `edit` runs again when another writer
   * published in the meantime. Returning the same object changes nothing.
   */
  change(edit: (jwks: Jwks) => Jwks): Promise<void>;
}
