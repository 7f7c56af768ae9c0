import { ExpectedError } from "../../../contract/index.ts";
import { LruCache } from "./lru-cache.ts";
import { nodeHash, type SubtreeHash } from "./merkle.ts";
import type { ObjectStore } from "./object-store.ts";
import { tilePath, tileWidth } from "./tile-path.ts";

const hashBytes = 32;
const heightOfTile = 8;
const mostTiles = 512;

export class TileMissing extends ExpectedError {
  override readonly name = "TileMissing";
}

/** Reads hashes of a log of `size` entries from its tiles. */
export class TileReader {
  readonly #store: Pick<ObjectStore, "get">;
  readonly #size: number;
  readonly #tiles = new LruCache<string, Buffer>(mostTiles);

  constructor(store: Pick<ObjectStore, "get">, size: number) {
    this.#store = store;
    this.#size = size;
  }

  readonly subtree: SubtreeHash = async (level, index) => {
    const tileLevel = Math.floor(level / heightOfTile);
    const width = 2 ** (level % heightOfTile);
    const first = index * width;
    const tile = await this.#tile(tileLevel, Math.floor(first / tileWidth));
    const from = first % tileWidth;
    return perfectHash(Array.from({ length: width }, (_, place) => hashAt(tile, from + place)));
  };

  /** Returns the hashes of the last, partial tile of a level, which the next entries go on with. */
  async lastTile(tileLevel: number): Promise<Buffer[]> {
    const hashes = Math.floor(this.#size / tileWidth ** tileLevel);
    const width = hashes % tileWidth;
    if (width === 0) return [];
    const tile = await this.#tile(tileLevel, Math.floor(hashes / tileWidth));
    return Array.from({ length: width }, (_, place) => hashAt(tile, place));
  }

  async #tile(level: number, number: number): Promise<Buffer> {
    const hashes = Math.floor(this.#size / tileWidth ** level);
    const width = Math.min(tileWidth, hashes - number * tileWidth);
    const key = tilePath(level, number, width);
    const known = this.#tiles.get(key);
    if (known !== undefined) return known;
    const tile = await this.#store.get(key);
    if (tile?.length !== width * hashBytes) throw new TileMissing(`${key} is missing or has another length`);
    this.#tiles.set(key, tile);
    return tile;
  }
}

function hashAt(tile: Buffer, place: number): Buffer {
  return tile.subarray(place * hashBytes, (place + 1) * hashBytes);
}

/** Returns the root over a power of two of hashes. */
export function perfectHash(hashes: readonly Buffer[]): Buffer {
  let row = hashes;
  while (row.length > 1)
    row = Array.from({ length: row.length / 2 }, (_, place) =>
      nodeHash(row[place * 2] ?? Buffer.alloc(0), row[place * 2 + 1] ?? Buffer.alloc(0)),
    );
  const [root] = row;
  if (root === undefined) throw new RangeError("no hashes");
  return root;
}
