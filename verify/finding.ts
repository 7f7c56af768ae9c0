/** Everything that verification can find, with the exit code of a command that found nothing worse. */
export const findings = {
  PAYLOAD_EXPIRED: {
    exit: 0,
    says: "The payload was destroyed when its period ended; its place in the log is intact.",
  },
  KEY_SHREDDED: { exit: 0, says: "The key of a person was destroyed; their sealed fields cannot be read any more." },
  UNSEALED_TAIL: { exit: 0, says: "Events are stored and wait for the next checkpoint." },
  WRITER_LOST: { exit: 0, says: "A writer died without saying goodbye." },
  LATE: { exit: 10, says: "An event was stored long after it happened." },
  WITNESS_STALE: { exit: 11, says: "The witness has not cosigned the newest checkpoint for too long, or never." },
  SIG_BAD: { exit: 12, says: "The checkpoint is not signed by the log's key." },
  TAIL_TRUNCATED: { exit: 13, says: "The log ends before the size that was signed." },
  MISSING: { exit: 14, says: "An event that the log holds is gone." },
  EXTRA: { exit: 15, says: "An event lies among the sealed ones and is not in the log." },
  FORK: { exit: 16, says: "Two events claim one place of a chain." },
  LINK_BROKEN: { exit: 17, says: "An event does not follow the one before it in its chain." },
  CONTENT_MISMATCH: { exit: 18, says: "An event, a tile or the root is not what was sealed." },
} as const;

export type FindingCode = keyof typeof findings;

export interface Finding {
  readonly code: FindingCode;
  /** The place that it is about: an index of the log, a chain and number, or a tile. */
  readonly place: string;
}

export interface Verdict {
  readonly origin: string;
  /** Entries that the checkpoint speaks of. */
  readonly size: number;
  /** Entries that were checked. */
  readonly checked: number;
  readonly findings: readonly Finding[];
  /** How many findings there are, when more than `findings` lists. */
  readonly counts: Readonly<Partial<Record<FindingCode, number>>>;
}

const mostListed = 100;

/** Collects findings: counts all, and lists the first hundred of each. */
export class Findings {
  readonly #listed: Finding[] = [];
  readonly #counts = new Map<FindingCode, number>();

  add(code: FindingCode, place: string): void {
    const count = (this.#counts.get(code) ?? 0) + 1;
    this.#counts.set(code, count);
    if (count <= mostListed) this.#listed.push({ code, place });
  }

  verdict(origin: string, size: number, checked: number): Verdict {
    return { origin, size, checked, findings: this.#listed, counts: Object.fromEntries(this.#counts) };
  }
}

/** Returns the exit code of the worst finding, 0 when the trail is whole. */
export function exitCode({ counts }: Pick<Verdict, "counts">): number {
  return Math.max(0, ...Object.keys(counts).map((code) => (isCode(code) ? findings[code].exit : 0)));
}

function isCode(text: string): text is FindingCode {
  return text in findings;
}
