import { createHash } from "node:crypto";
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const folderName = "quarantine";
const hashOf = (line: string): string => createHash("sha256").update(line).digest("base64");

/** Keeps lines that the database does not take, for a person to look at: one file for each file of the spool. */
export class Quarantine {
  readonly #folder: string;
  readonly #known = new Map<string, Set<string>>();

  constructor(spool: string) {
    this.#folder = join(spool, folderName);
  }

  /** Whether a line is kept already, as after a restart, which reads the spool from its beginning. */
  async has(file: string, line: string): Promise<boolean> {
    return (await this.#linesOf(file)).has(hashOf(line));
  }

  async add(file: string, line: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await appendFile(join(this.#folder, file), `${line}\n`, { mode: 0o600 });
    (await this.#linesOf(file)).add(hashOf(line));
  }

  async #linesOf(file: string): Promise<Set<string>> {
    const known = this.#known.get(file) ?? (await this.#read(file));
    this.#known.set(file, known);
    return known;
  }

  async #read(file: string): Promise<Set<string>> {
    const text = await readFile(join(this.#folder, file), "latin1").catch(() => "");
    return new Set(text.split("\n").map(hashOf));
  }
}
