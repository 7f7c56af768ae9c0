import { readFile } from "node:fs/promises";
import { join } from "node:path";

const width = 256;
const hashBytes = 32;

/** Reads an object of a published log by its key; undefined when it is not there. */
export type ReadObject = (key: string) => Promise<Buffer | undefined>;

/** Reads a log from a folder, or over HTTP from the address below which it is served. */
export function logAt(place: string): ReadObject {
  if (!/^https?:\/\//.test(place)) return (key) => readFile(join(place, key)).catch(absent);
  return async (key) => {
    const response = await fetch(new URL(key, place.endsWith("/") ? place : `${place}/`));
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`${place} answers ${String(response.status)} to ${key}`);
    return Buffer.from(await response.arrayBuffer());
  };
}

function absent(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}

function path(level: number | "entries", number: number, count: number): string {
  const digits = String(number).padStart(Math.ceil(String(number).length / 3) * 3, "0");
  const groups = digits.match(/\d{3}/g) ?? [];
  const folders = groups.map((group, place) => (place < groups.length - 1 ? `x${group}` : group)).join("/");
  return `tile/${String(level)}/${folders}${count < width ? `.p/${String(count)}` : ""}`;
}

/** Yields the leaf hashes of a log of `size` entries, from its lowest tiles; undefined for those of a tile that is not there. */
export async function* leafHashes(read: ReadObject, size: number): AsyncGenerator<Buffer | undefined> {
  for (let number = 0; number * width < size; number += 1) {
    const count = Math.min(width, size - number * width);
    const tile = await read(path(0, number, count));
    for (let place = 0; place < count; place += 1)
      yield tile?.length === count * hashBytes ? tile.subarray(place * hashBytes, (place + 1) * hashBytes) : undefined;
  }
}

/** Yields the entries of a log of `size`; undefined for those of a bundle that is not there or cut. */
export async function* logEntries(read: ReadObject, size: number): AsyncGenerator<Buffer | undefined> {
  for (let number = 0; number * width < size; number += 1) {
    const count = Math.min(width, size - number * width);
    const bundle = (await read(path("entries", number, count))) ?? Buffer.alloc(0);
    let at = 0;
    for (let place = 0; place < count; place += 1) {
      const from = at + 2;
      const to = from <= bundle.length ? from + bundle.readUInt16BE(at) : Infinity;
      yield to <= bundle.length ? bundle.subarray(from, to) : undefined;
      at = to <= bundle.length ? to : bundle.length;
    }
  }
}
