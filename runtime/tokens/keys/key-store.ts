import type { KeyObject } from "node:crypto";
import type { Jwks, NewSigningKey } from "./signing-key.ts";

export interface KeyReader {
  /** The published keys; an empty list before the first one. */
  read(): Promise<Jwks>;
  /** Undefined when this store does not hold the private half. */
  privateKey(kid: string): Promise<KeyObject | undefined>;
}

export interface KeyStore extends KeyReader {
  /** Keeps the private half before anyone can read the public one. */
  add(keys: readonly NewSigningKey[]): Promise<void>;
  /**
   * Publishes what `edit` makes of the published keys: other dates, or fewer keys. `edit` runs again when somebody
   * else published meanwhile; giving the same object back changes nothing.
   */
  change(edit: (jwks: Jwks) => Jwks): Promise<void>;
}
