import type { AuditHeader } from "../event/header.ts";
import { firstPrev } from "../event/leaf.ts";

/** The fault of the link from one event of a chain to the next. */
export interface BrokenLink {
  /** Events that are missing before this one, 0 when the number is right and the hash is not. */
  readonly missing: number;
}

/** Follows one chain: each event has the number after the last one's and names its hash. */
export class ChainCheck {
  #next: { readonly seq: number; readonly prev: string } | undefined;

  /** A chain is followed from its first event, or from wherever its first file that is left begins. */
  constructor(fromStart: boolean) {
    if (fromStart) this.#next = { seq: 0, prev: firstPrev };
  }

  /** Takes the next event. Returns undefined when it follows the one before. */
  follow({ seq, prev }: AuditHeader, hash: string): BrokenLink | undefined {
    const expected = this.#next;
    this.#next = { seq: seq + 1, prev: hash };
    if (expected === undefined || (seq === expected.seq && prev === expected.prev)) return undefined;
    return { missing: Math.max(0, seq - expected.seq) };
  }
}
