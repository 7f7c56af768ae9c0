import { createHash } from "node:crypto";

const nodePrefix = Buffer.of(1);

/** Returns the hash of an inner node (RFC 6962, section 2.1). */
export function nodeHash(left: Buffer, right: Buffer): Buffer {
  return createHash("sha256").update(nodePrefix).update(left).update(right).digest();
}

/** Returns the root of the tree without leaves: SHA-256 of nothing. */
export const emptyRoot = (): Buffer => createHash("sha256").digest();

/** Returns the hash of a perfect subtree with 2^level leaves, the index-th of its size from the left. */
export type SubtreeHash = (level: number, index: number) => Promise<Buffer>;

/** Returns the largest power of two below a number above 1. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/** Returns the hash of the leaves from `from` up to, and without, `to`. */
async function rangeHash(subtree: SubtreeHash, from: number, to: number): Promise<Buffer> {
  const size = to - from;
  const level = Math.log2(size);
  if (Number.isInteger(level) && from % size === 0) return subtree(level, from / size);
  const middle = from + splitOf(size);
  return nodeHash(await rangeHash(subtree, from, middle), await rangeHash(subtree, middle, to));
}

/** Returns the root of the first `size` leaves. */
export async function rootHash(subtree: SubtreeHash, size: number): Promise<Buffer> {
  return size === 0 ? emptyRoot() : rangeHash(subtree, 0, size);
}

/** Returns the proof that a leaf is in the tree of `size` leaves (RFC 6962, section 2.1.1), from the leaf upwards. */
export async function inclusionProof(subtree: SubtreeHash, index: number, size: number): Promise<Buffer[]> {
  if (!(index >= 0 && index < size)) throw new RangeError(`leaf ${String(index)} is not in a tree of ${String(size)}`);
  const path = async (from: number, to: number): Promise<Buffer[]> => {
    if (to - from === 1) return [];
    const middle = from + splitOf(to - from);
    return index < middle
      ? [...(await path(from, middle)), await rangeHash(subtree, middle, to)]
      : [...(await path(middle, to)), await rangeHash(subtree, from, middle)];
  };
  return path(0, size);
}

/** Returns the proof that the tree of `before` leaves is the beginning of that of `size` (RFC 6962, section 2.1.2). */
export async function consistencyProof(subtree: SubtreeHash, before: number, size: number): Promise<Buffer[]> {
  if (!(before >= 0 && before <= size))
    throw new RangeError(`a tree of ${String(before)} is no beginning of one of ${String(size)}`);
  if (before === 0 || before === size) return [];
  const path = async (from: number, to: number, old: number, whole: boolean): Promise<Buffer[]> => {
    if (old === to) return whole ? [] : [await rangeHash(subtree, from, to)];
    const middle = from + splitOf(to - from);
    return old <= middle
      ? [...(await path(from, middle, old, whole)), await rangeHash(subtree, middle, to)]
      : [...(await path(middle, to, old, false)), await rangeHash(subtree, from, middle)];
  };
  return path(0, size, before, true);
}
