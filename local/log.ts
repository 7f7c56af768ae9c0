import { appendFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";

export interface Rotation {
  readonly maxBytes: number;
  readonly keep: number;
}

/** Moves a full log to `.1`, that one to `.2` and so on, and tells whether it did. */
export function rotate(path: string, rotation: Rotation): boolean {
  if (!existsSync(path) || statSync(path).size < rotation.maxBytes) return false;
  rmSync(`${path}.${rotation.keep}`, { force: true });
  for (let index = rotation.keep - 1; index >= 1; index -= 1) {
    if (existsSync(`${path}.${index}`)) renameSync(`${path}.${index}`, `${path}.${index + 1}`);
  }
  renameSync(path, `${path}.1`);
  return true;
}

const tokenPattern = /eyJ[\w-]{5,}\.[\w-]+\.[\w-]*/g;
const queryPattern = /((?:https?:\/\/|\/)[^\s"'?]*)\?[^\s"']+/g;

/** Removes tokens and query strings from a line: nginx writes the whole request line into its error messages. */
export function redact(line: string): string {
  return line.replace(queryPattern, "$1?[removed]").replace(tokenPattern, "[token]");
}

/** A log file that receives whole lines, without tokens or query strings, and is rotated by size. */
export class Log {
  #unfinishedLine = "";
  readonly #recentLines: string[] = [];
  readonly path: string;
  readonly #rotation: Rotation;

  constructor(path: string, rotation: Rotation) {
    this.path = path;
    this.#rotation = rotation;
    mkdirSync(dirname(path), { recursive: true });
    rotate(path, rotation);
  }

  write(chunk: string): void {
    const lines = (this.#unfinishedLine + chunk).split("\n");
    this.#unfinishedLine = lines.pop() ?? "";
    if (lines.length > 0) this.#append(lines);
  }

  /** Writes an unfinished last line. */
  flush(): void {
    if (this.#unfinishedLine === "") return;
    const line = this.#unfinishedLine;
    this.#unfinishedLine = "";
    this.#append([line]);
  }

  lastLines(count: number): string[] {
    return this.#recentLines.slice(-count);
  }

  #append(lines: string[]): void {
    const clean = lines.map(redact);
    this.#recentLines.push(...clean);
    this.#recentLines.splice(0, this.#recentLines.length - 50);
    rotate(this.path, this.#rotation);
    appendFileSync(this.path, `${clean.join("\n")}\n`);
  }
}
