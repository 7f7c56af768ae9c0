import { appendFile, mkdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import { NotCanonical, decodeCanonical } from "../event/canonical-json.ts";
import { decodeHeader } from "../event/header.ts";
import { type LeafParts, readSpoolLine, spoolLine } from "../event/leaf.ts";
import { appendEvents, type Outcome } from "../store/event-store.ts";
import type { Connection } from "./connection.ts";
import type { Counts } from "./counts.ts";
import { idleMs, readSpool, removeSpool, sizeOf, spoolNames } from "./spool-files.ts";

const mostInBatch = 500;
const quarantine = "quarantine";
/** A writer that lives writes a heartbeat each minute. */
const deadAfterMs = 5 * 60_000;
const watermarks = [0.95, 0.85, 0.7] as const;

export interface SpoolCollectorProps {
  readonly folder: string;
  readonly database: Pick<Connection, "run">;
  readonly counts: Counts;
  readonly log: (entry: object) => void;
  readonly clock: () => number;
}

interface Progress {
  /** Bytes that the database has. */
  taken: number;
  /** The name of the last event, which tells whether the writer ended on purpose. */
  last: string | undefined;
}

/** Moves events from the spool's files into the database. It holds no state that a restart would need. */
export class SpoolCollector {
  readonly #props: SpoolCollectorProps;
  readonly #progress = new Map<string, Progress>();
  #reached: number | undefined;

  constructor(props: SpoolCollectorProps) {
    this.#props = props;
  }

  /** Takes what lies in the spool. Returns the number of lines. Rejects when the database takes nothing. */
  async collect(): Promise<number> {
    const { folder, counts } = this.#props;
    const names = await spoolNames(folder);
    let lines = 0;
    counts.lagBytes = 0;
    for (const name of names) lines += await this.#collectFile(name, names);
    await this.#watchDisk();
    return lines;
  }

  async #collectFile(name: string, names: readonly string[]): Promise<number> {
    const { folder, counts, clock } = this.#props;
    const progress = this.#progress.get(name) ?? { taken: 0, last: undefined };
    this.#progress.set(name, progress);
    let lines = 0;
    counts.lagBytes += (await sizeOf(folder, name)) - progress.taken;
    for (;;) {
      const part = await readSpool(folder, name, progress.taken);
      if (part.lines.length === 0) {
        const over = hasSuccessor(name, names) || progress.last === "writer.stopped";
        const dead = !over && (await idleMs(folder, name, clock()).catch(() => 0)) > deadAfterMs;
        if (dead) this.#declareDead(name, progress, part.torn);
        if ((over && !part.torn) || dead) await this.#forget(name);
        return lines;
      }
      await this.#take(name, part.lines, progress);
      progress.taken = part.end;
      lines += part.lines.length;
    }
  }

  async #take(name: string, lines: readonly string[], progress: Progress): Promise<void> {
    const events: LeafParts[] = [];
    for (const line of lines) {
      const event = readEvent(line);
      if (typeof event === "string") await this.#setAside(name, line, event);
      else {
        events.push(event.parts);
        progress.last = event.name;
      }
    }
    for (let from = 0; from < events.length; from += mostInBatch)
      await this.#append(name, events.slice(from, from + mostInBatch));
  }

  async #append(name: string, events: readonly LeafParts[]): Promise<void> {
    const { database, counts, clock } = this.#props;
    const outcomes = await database.run((client: pg.ClientBase) => appendEvents(client, events));
    counts.lastStored = Math.floor(clock() / 1000);
    for (const [number, outcome] of outcomes.entries()) {
      counts.add(outcome);
      const event = events[number];
      if (event !== undefined && (outcome === "fork" || outcome === "refused"))
        await this.#setAside(name, spoolLine(event), outcome, outcome);
    }
  }

  /** Keeps a line that the database does not take, for a person to look at. */
  async #setAside(name: string, line: string, reason: string, outcome?: Outcome): Promise<void> {
    const { folder, counts, log } = this.#props;
    if (outcome === undefined) counts.add("unreadable");
    log({ event: "audit.set_aside", file: name, reason });
    await mkdir(join(folder, quarantine), { recursive: true, mode: 0o700 });
    await appendFile(join(folder, quarantine, name), `${line}\n`, { mode: 0o600 });
  }

  #declareDead(name: string, { last }: Progress, torn: boolean): void {
    this.#props.log({ event: "audit.writer_lost", file: name, last_event: last ?? "(none)", torn });
    this.#props.counts.add("failures");
  }

  async #forget(name: string): Promise<void> {
    await removeSpool(this.#props.folder, name);
    this.#progress.delete(name);
  }

  async #watchDisk(): Promise<void> {
    const { folder, counts, log } = this.#props;
    const { blocks, bfree, bavail } = await statfs(folder);
    const used = blocks - bfree;
    // As df shows it: what only root may use counts as used.
    counts.diskUsed = used + bavail === 0 ? 0 : used / (used + bavail);
    const reached = watermarks.find((mark) => counts.diskUsed >= mark);
    if (reached !== undefined && reached !== this.#reached)
      log({ event: "audit.disk", used: Number(counts.diskUsed.toFixed(3)), watermark: reached });
    this.#reached = reached;
  }
}

/** Whether the chain goes on in a later file: `<writer>.<epoch>.<n>.spool`. */
function hasSuccessor(name: string, names: readonly string[]): boolean {
  const found = /^(.*)\.(\d+)\.spool$/.exec(name);
  return found !== null && names.includes(`${found[1] ?? ""}.${String(Number(found[2]) + 1)}.spool`);
}

/** Returns the event of a line, or why it is none. */
export function readEvent(line: string): { readonly parts: LeafParts; readonly name: string } | string {
  const parts = readSpoolLine(line);
  if (parts === undefined) return "is not header, salt and payload in base64url";
  try {
    decodeHeader(parts.header);
    const { name } = decodeCanonical(parts.payload);
    return { parts, name: typeof name === "string" ? name : "(none)" };
  } catch (error) {
    if (error instanceof NotCanonical) return error.message;
    throw error;
  }
}
