import { ExpectedError } from "../../../contract/index.ts";
import type { Revocation, RevocationEntry } from "./revocation.ts";

/** Thrown when the trust store gives no valid answer in time. The caller must then refuse. */
export class TrustStoreUnreadable extends ExpectedError {}

/** The state that all processes that issue or verify tokens share. It is a Redis without eviction. */
export interface TrustStore {
  /**
   * Begins the list at `now` when there is none or a part of it was lost, so that tokens issued before are refused. The
   * token service calls it before it issues a token; a list begun later would refuse that token.
   */
  begin(now: number): Promise<void>;
  /** Adds entries, and never moves an entry to an earlier time. Throws RevocationError when the list is full. */
  revoke(revocations: readonly Revocation[], at: number): Promise<void>;
  /** Removes an entry; false when there was none. */
  lift(revocation: Revocation): Promise<boolean>;
  list(): Promise<RevokedList>;
  /** Returns those of `kids` that are revoked. */
  revokedKids(kids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Removes expired entries and returns their number; `published` are the kids of the key set. */
  sweep(now: number, published: ReadonlySet<string>): Promise<number>;
  /** Returns true for the first caller of a name. The name is free again after `seconds`. */
  useOnce(name: string, seconds: number): Promise<boolean>;
  /** Takes one request from the client's token bucket and returns the seconds to wait; 0 when the request may pass. */
  take(client: string, perMinute: number): Promise<number>;
}

export interface RevokedList {
  /** Seconds since 1970; tokens issued before are refused. Undefined until the list has begun. */
  readonly minIssuedAt: number | undefined;
  readonly entries: readonly RevocationEntry[];
}
