import { open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const suffix = ".spool";
const mostRead = 4 * 1024 * 1024;

/** Lines of one file from a place on, and where the next begin. */
export interface SpoolPart {
  readonly lines: readonly string[];
  /** Byte after the last whole line. */
  readonly end: number;
  /** Whether bytes without a newline follow: a line that is being written, or that its writer did not live to end. */
  readonly torn: boolean;
}

/** Returns the names of the spool's files, the oldest chain first and the parts of a chain in order. */
export async function spoolNames(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(suffix));
  return names.sort((one, other) => one.localeCompare(other, "en", { numeric: true }));
}

/** Reads at most 4 MiB of whole lines. A file that is gone has none. */
export async function readSpool(folder: string, name: string, from: number): Promise<SpoolPart> {
  const file = await open(join(folder, name)).catch(() => undefined);
  if (file === undefined) return { lines: [], end: from, torn: false };
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(mostRead), 0, mostRead, from);
    const read = buffer.subarray(0, bytesRead);
    const whole = read.lastIndexOf(0x0a) + 1;
    const text = read.subarray(0, whole).toString("latin1");
    return { lines: whole === 0 ? [] : text.slice(0, -1).split("\n"), end: from + whole, torn: bytesRead > whole };
  } finally {
    await file.close();
  }
}

/** Returns for how many milliseconds nobody wrote to a file. */
export async function idleMs(folder: string, name: string, now: number): Promise<number> {
  return now - (await stat(join(folder, name))).mtimeMs;
}

/** Returns the bytes of a file, 0 for one that is gone. */
export async function sizeOf(folder: string, name: string): Promise<number> {
  return (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0;
}

export async function removeSpool(folder: string, name: string): Promise<void> {
  await rm(join(folder, name), { force: true });
}
