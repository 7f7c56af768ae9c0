import { createHash } from "node:crypto";

const prefixes = { leaf: Buffer.of(0), node: Buffer.of(1), commitment: Buffer.of(2) } as const;

/** Returns the leaf hash of an entry (RFC 6962, section 2.1). */
export const entryHash = (entry: Buffer): Buffer => createHash("sha256").update(prefixes.leaf).update(entry).digest();

/** Returns the hash of an event's leaf: its header and the commitment to salt and payload. */
export function eventHash(header: Buffer, salt: Buffer, payload: Buffer): Buffer {
  const commitment = createHash("sha256").update(prefixes.commitment).update(salt).update(payload).digest();
  return createHash("sha256").update(prefixes.leaf).update(header).update(commitment).digest();
}

export const parentHash = (left: Buffer, right: Buffer): Buffer =>
  createHash("sha256").update(prefixes.node).update(left).update(right).digest();

/** Computes a root from leaf hashes, one after another, holding one hash a level. */
export class RootAccumulator {
  readonly #levels: (Buffer | undefined)[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(leaf: Buffer): void {
    let hash = leaf;
    let level = 0;
    for (; this.#levels[level] !== undefined; level += 1) {
      hash = parentHash(this.#levels[level] ?? hash, hash);
      this.#levels[level] = undefined;
    }
    this.#levels[level] = hash;
    this.#size += 1;
  }

  root(): Buffer {
    let root: Buffer | undefined;
    for (const hash of this.#levels) if (hash !== undefined) root = root === undefined ? hash : parentHash(hash, root);
    return root ?? createHash("sha256").digest();
  }
}

/** Returns the root that an inclusion proof leads to (RFC 9162, section 2.1.3.2), or undefined for a proof that fits no tree. */
export function rootOfProof(leaf: Buffer, index: number, size: number, proof: readonly Buffer[]): Buffer | undefined {
  if (!(Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size)) return undefined;
  let [at, last, hash] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0) return undefined;
    if (at % 2 === 1 || at === last) {
      hash = parentHash(sibling, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    } else hash = parentHash(hash, sibling);
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 ? hash : undefined;
}
