import type { Findings } from "./finding.ts";

const firstPrev = "0".repeat(64);

interface Link {
  readonly seq: number;
  readonly prev: string;
  readonly leaf: string;
}

interface Chain {
  next: number;
  head: string;
  readonly waiting: Map<number, Link>;
}

export interface EventHeader {
  readonly writer: string;
  readonly epoch: number;
  readonly seq: number;
  readonly prev: string;
}

/** Reads what a chain needs of a header. Returns undefined for bytes that are no header. */
export function readHeader(bytes: Buffer): EventHeader | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    if (typeof value !== "object" || value === null) return undefined;
    const { writer, epoch, seq, prev } = value as Partial<Record<string, unknown>>;
    return typeof writer === "string" &&
      typeof epoch === "number" &&
      typeof seq === "number" &&
      typeof prev === "string"
      ? { writer, epoch, seq, prev }
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Follows the chain of each writer through the log. Events of a chain may stand in another order than they were written:
 * an act that must be acknowledged overtakes those before it.
 */
export class Chains {
  readonly #chains = new Map<string, Chain>();
  readonly #findings: Findings;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  add({ writer, epoch, seq, prev }: EventHeader, leaf: string): void {
    const name = `${writer}/${String(epoch)}`;
    const chain = this.#chains.get(name) ?? { next: 0, head: firstPrev, waiting: new Map<number, Link>() };
    this.#chains.set(name, chain);
    if (seq < chain.next || chain.waiting.has(seq)) {
      this.#findings.add("FORK", `${name}/${String(seq)}`);
      return;
    }
    chain.waiting.set(seq, { seq, prev, leaf });
    for (let link = chain.waiting.get(chain.next); link !== undefined; link = chain.waiting.get(chain.next)) {
      if (link.prev !== chain.head) this.#findings.add("LINK_BROKEN", `${name}/${String(link.seq)}`);
      chain.waiting.delete(link.seq);
      chain.head = link.leaf;
      chain.next += 1;
    }
  }

  /** Reports the gaps that are left. `sealed` tells whether all events of a chain should be there by now. */
  end(): void {
    for (const [name, chain] of this.#chains)
      if (chain.waiting.size > 0) this.#findings.add("MISSING", `${name}/${String(chain.next)}`);
  }
}
