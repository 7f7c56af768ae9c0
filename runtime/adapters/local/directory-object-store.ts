import { randomUUID } from "node:crypto";
import { chmod, link, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { type ObjectStore, WrittenOnce } from "../../audit/log/object-store.ts";

/** Objects as files of a folder: what is written once is complete, on the disk and read-only. */
export class DirectoryObjectStore implements ObjectStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = resolve(folder);
  }

  async putOnce(key: string, bytes: Buffer): Promise<void> {
    const path = this.#path(key);
    const partial = await this.#write(path, bytes);
    try {
      await chmod(partial, 0o444);
      // A link, unlike a rename, never replaces what is there.
      await link(partial, path);
    } catch (error) {
      if (!hasCode(error, "EEXIST")) throw error;
      if (!(await readFile(path)).equals(bytes)) throw new WrittenOnce(`${key} is written once, and holds other bytes`);
    } finally {
      await rm(partial, { force: true });
    }
  }

  async put(key: string, bytes: Buffer): Promise<void> {
    const path = this.#path(key);
    await rename(await this.#write(path, bytes), path);
  }

  async get(key: string): Promise<Buffer | undefined> {
    try {
      return await readFile(this.#path(key));
    } catch (error) {
      if (hasCode(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  async #write(path: string, bytes: Buffer): Promise<string> {
    await mkdir(dirname(path), { recursive: true });
    const partial = `${path}.${randomUUID()}.new`;
    const file = await open(partial, "wx", 0o644);
    try {
      await file.writeFile(bytes);
      await file.datasync();
    } finally {
      await file.close();
    }
    return partial;
  }

  #path(key: string): string {
    const path = join(this.#folder, key);
    if (!path.startsWith(this.#folder + sep)) throw new RangeError(`${key} is no key`);
    return path;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
