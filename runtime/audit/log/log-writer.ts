import { createHash } from "node:crypto";
import { rootHash } from "./merkle.ts";
import type { ObjectStore } from "./object-store.ts";
import { tilePath, tileWidth } from "./tile-path.ts";
import { perfectHash, TileReader } from "./tile-tree.ts";

const leafPrefix = Buffer.of(0);
const mostEntryBytes = 0xffff;

/**
 * Appends entries to a log that lies in tiles. Whole tiles are written as they fill; `publish` writes the rest. What
 * was appended and not published is gone with the process, and appended again by the next one with the same bytes.
 */
export class LogWriter {
  readonly #store: ObjectStore;
  #size: number;
  /** The hashes of the tile that is being filled, by level. */
  readonly #levels: Buffer[][];
  #entries: Buffer[];

  private constructor(store: ObjectStore, size: number, levels: Buffer[][], entries: Buffer[]) {
    this.#store = store;
    this.#size = size;
    this.#levels = levels;
    this.#entries = entries;
  }

  /** Opens the log at a size that was published. */
  static async open(store: ObjectStore, size: number): Promise<LogWriter> {
    const reader = new TileReader(store, size);
    const levels: Buffer[][] = [];
    for (let level = 0; tileWidth ** level <= size; level += 1) levels.push(await reader.lastTile(level));
    const width = size % tileWidth;
    const bundle = width === 0 ? undefined : await store.get(tilePath("entries", Math.floor(size / tileWidth), width));
    return new LogWriter(store, size, levels, bundle === undefined ? [] : splitEntries(bundle));
  }

  get size(): number {
    return this.#size;
  }

  /** Appends an entry of at most 65,535 bytes. */
  async append(entry: Buffer): Promise<void> {
    if (entry.length > mostEntryBytes) throw new RangeError(`an entry has ${String(entry.length)} bytes`);
    this.#entries.push(entry);
    if (this.#entries.length === tileWidth) {
      await this.#store.putOnce(tilePath("entries", Math.floor(this.#size / tileWidth)), joinEntries(this.#entries));
      this.#entries = [];
    }
    await this.#push(0, createHash("sha256").update(leafPrefix).update(entry).digest());
    this.#size += 1;
  }

  /** Writes the partial tiles. Returns the root of the log. */
  async publish(): Promise<Buffer> {
    for (const [level, hashes] of this.#levels.entries())
      if (hashes.length > 0) await this.#store.putOnce(this.#partialPath(level, hashes.length), Buffer.concat(hashes));
    if (this.#entries.length > 0)
      await this.#store.putOnce(
        tilePath("entries", Math.floor(this.#size / tileWidth), this.#entries.length),
        joinEntries(this.#entries),
      );
    return rootHash(new TileReader(this.#store, this.#size).subtree, this.#size);
  }

  async #push(level: number, hash: Buffer): Promise<void> {
    const hashes = (this.#levels[level] ??= []);
    hashes.push(hash);
    if (hashes.length < tileWidth) return;
    const number = Math.floor(this.#size / tileWidth ** (level + 1));
    await this.#store.putOnce(tilePath(level, number), Buffer.concat(hashes));
    this.#levels[level] = [];
    await this.#push(level + 1, perfectHash(hashes));
  }

  #partialPath(level: number, width: number): string {
    return tilePath(level, Math.floor(this.#size / tileWidth ** (level + 1)), width);
  }
}

/** Returns entries as a bundle: each after its length in two bytes (C2SP tlog-tiles). */
function joinEntries(entries: readonly Buffer[]): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(entry.length);
      return [length, entry];
    }),
  );
}

function splitEntries(bundle: Buffer): Buffer[] {
  const entries = [];
  for (let at = 0; at < bundle.length;) {
    const end = at + 2 + bundle.readUInt16BE(at);
    entries.push(bundle.subarray(at + 2, end));
    at = end;
  }
  return entries;
}
