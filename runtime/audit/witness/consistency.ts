import { nodeHash } from "../log/merkle.ts";

/** A log's size and its root at that size. */
export interface TreeHead {
  readonly size: number;
  readonly root: Buffer;
}

/** Tells whether the proof shows that the older tree is the beginning of the newer (RFC 9162, section 2.1.4.2). */
export function isConsistent(older: TreeHead, newer: TreeHead, proof: readonly Buffer[]): boolean {
  if (older.size > newer.size) return false;
  if (older.size === newer.size) return proof.length === 0 && older.root.equals(newer.root);
  if (older.size === 0) return proof.length === 0;
  const path = [...proof];
  if (Number.isInteger(Math.log2(older.size))) path.unshift(older.root);
  const first = path.shift();
  if (first === undefined) return false;
  let [at, last] = [older.size - 1, newer.size - 1];
  while (at % 2 === 1) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  let [old, fresh] = [first, first];
  for (const hash of path) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      old = nodeHash(hash, old);
      fresh = nodeHash(hash, fresh);
      while (at % 2 === 0 && at !== 0) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    } else fresh = nodeHash(fresh, hash);
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 && old.equals(older.root) && fresh.equals(newer.root);
}
