/** Hashes in a whole tile (C2SP tlog-tiles). */
export const tileWidth = 256;

/** Returns a tile's number as a path: 1234067 is `x001/x234/067`. */
function numberPath(number: number): string {
  const groups = [];
  for (let rest = number; ; rest = Math.floor(rest / 1000)) {
    groups.unshift(String(rest % 1000).padStart(3, "0"));
    if (rest < 1000) break;
  }
  return groups.map((group, place) => (place < groups.length - 1 ? `x${group}` : group)).join("/");
}

/** Returns the key of a tile or, with level `entries`, of a bundle of entries. A width below 256 is a partial one. */
export function tilePath(level: number | "entries", number: number, width = tileWidth): string {
  const partial = width < tileWidth ? `.p/${String(width)}` : "";
  return `tile/${String(level)}/${numberPath(number)}${partial}`;
}
