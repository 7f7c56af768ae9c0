import type { Revocation, RevocationEntry } from "./revocation.ts";

/** Nobody answered in time, or not as a trust store does. Who depends on the answer says no. */
export class TrustStoreUnreadable extends Error {}

/** What every process that verifies or issues tokens agrees on; a Redis that forgets nothing by itself. */
export interface TrustStore {
  /**
   * Begins the list at `now` where there is none, or where a part of it was lost: tokens issued before are refused.
   * Done before the first token is issued, which the first verifier would otherwise find too old.
   */
  begin(now: number): Promise<void>;
  /** Never makes an entry earlier than it was. Throws RevocationError when the store holds too many. */
  revoke(revocations: readonly Revocation[], at: number): Promise<void>;
  /** False when there was no such entry. */
  lift(revocation: Revocation): Promise<boolean>;
  list(): Promise<RevokedList>;
  /** Those of `kids` that are revoked. */
  revokedKids(kids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Removes what `isSpent`; `published` are the kids of the key set. Gives the number removed. */
  sweep(now: number, published: ReadonlySet<string>): Promise<number>;
  /** True for the first caller; the name is free again after `seconds`. */
  useOnce(name: string, seconds: number): Promise<boolean>;
  /** A bucket of a minute's requests that refills evenly: seconds to wait, 0 when the request may pass. */
  take(client: string, perMinute: number): Promise<number>;
}

export interface RevokedList {
  /** Tokens issued before are refused; undefined until the list has begun. */
  readonly floor: number | undefined;
  readonly entries: readonly RevocationEntry[];
}
