import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";

export interface Rotation {
  readonly maxBytes: number;
  readonly keep: number;
}

/** Moves a full log to `.1` and so on; tells whether it did. */
export function rotate(path: string, rotation: Rotation): boolean {
  if (!existsSync(path) || statSync(path).size < rotation.maxBytes) return false;
  rmSync(`${path}.${rotation.keep}`, { force: true });
  for (let index = rotation.keep - 1; index >= 1; index -= 1) {
    if (existsSync(`${path}.${index}`)) renameSync(`${path}.${index}`, `${path}.${index + 1}`);
  }
  renameSync(path, `${path}.1`);
  return true;
}

const TOKEN = /eyJ[\w-]{5,}\.[\w-]+\.[\w-]*/g;
const QUERY = /((?:https?:\/\/|\/)[^\s"'?]*)\?[^\s"']+/g;

/** nginx writes the whole request line into error messages, and query strings carry tokens. */
export function redact(line: string): string {
  return line.replace(QUERY, "$1?[removed]").replace(TOKEN, "[token]");
}

/** Appends whole lines to a file, without tokens or query strings, and rotates it by size. */
export class Log {
  private rest = "";
  private readonly tail: string[] = [];

  constructor(
    readonly path: string,
    private readonly rotation: Rotation,
  ) {
    mkdirSync(dirname(path), { recursive: true });
    rotate(path, rotation);
  }

  write(chunk: string): void {
    const lines = (this.rest + chunk).split("\n");
    this.rest = lines.pop() ?? "";
    if (lines.length > 0) this.append(lines);
  }

  /** Writes an unfinished last line. */
  flush(): void {
    if (this.rest === "") return;
    const line = this.rest;
    this.rest = "";
    this.append([line]);
  }

  lastLines(count: number): string[] {
    return this.tail.slice(-count);
  }

  private append(lines: string[]): void {
    const clean = lines.map(redact);
    this.tail.push(...clean);
    this.tail.splice(0, this.tail.length - 50);
    rotate(this.path, this.rotation);
    appendFileSync(this.path, `${clean.join("\n")}\n`);
  }
}

/** The end of a log that another process writes. */
export function lastLines(path: string, count: number): string[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8").trimEnd().split("\n").slice(-count).map(redact);
}
