import { statfs } from "node:fs/promises";
import { NotCanonical, decodeCanonical } from "../event/canonical-json.ts";
import { type AuditHeader, decodeHeader } from "../event/header.ts";
import { leafHash, type LeafParts, readSpoolLine, spoolLine } from "../event/leaf.ts";
import { appendEach, makePartitions } from "../store/event-store.ts";
import { ChainCheck } from "./chain-check.ts";
import type { Connection } from "./connection.ts";
import type { Counts } from "./counts.ts";
import { Declarations } from "./declarations.ts";
import { Quarantine } from "./quarantine.ts";
import { idleMs, readSpool, removeSpool, sizeOf, spoolNames } from "./spool-files.ts";

const mostInBatch = 500;
const partitionsEveryMs = 3_600_000;
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
  readonly check: ChainCheck;
}

/** Moves events from the spool's files into the database. It holds no state that a restart would need. */
export class SpoolCollector {
  readonly #props: SpoolCollectorProps;
  readonly #progress = new Map<string, Progress>();
  readonly #checks = new Map<string, ChainCheck>();
  readonly #quarantine: Quarantine;
  readonly #declarations: Declarations;
  #reached: number | undefined;
  #partitionsMade = 0;

  constructor(props: SpoolCollectorProps) {
    this.#props = props;
    this.#quarantine = new Quarantine(props.folder);
    this.#declarations = new Declarations(props);
  }

  /** Takes what lies in the spool. Returns the number of lines. Rejects when the database takes nothing. */
  async collect(): Promise<number> {
    const { folder, counts } = this.#props;
    this.#declarations.heartbeat();
    const names = await spoolNames(folder);
    let lines = 0;
    counts.lagBytes = 0;
    for (const name of names) lines += await this.#collectFile(name, names);
    this.#declareVanished(names);
    await this.#watchDisk();
    await this.#makePartitions();
    return lines;
  }

  /** Ends the collector's own chain; one more collect() takes its last events. */
  close(): void {
    this.#declarations.close();
  }

  async #collectFile(name: string, names: readonly string[]): Promise<number> {
    const { folder, counts, clock } = this.#props;
    const progress = this.#progress.get(name) ?? this.#begin(name);
    let lines = 0;
    counts.lagBytes += (await sizeOf(folder, name)) - progress.taken;
    for (;;) {
      const part = await readSpool(folder, name, progress.taken);
      if (part.lines.length === 0) {
        const over = hasSuccessor(name, names) || progress.last === "writer.stopped";
        const dead =
          !this.#declarations.isOwn(name) && (await idleMs(folder, name, clock()).catch(() => 0)) > deadAfterMs;
        if (part.torn && dead) this.#declarations.declare("audit.torn", name);
        if (dead && !over) this.#declareDead(name, progress, part.torn);
        if ((over && !part.torn) || dead) await this.#forget(name);
        if (dead || progress.last === "writer.stopped") this.#checks.delete(partOf(name).chain);
        return lines;
      }
      await this.#take(name, part.lines, progress);
      progress.taken = part.end;
      lines += part.lines.length;
    }
  }

  #begin(name: string): Progress {
    const { chain, number } = partOf(name);
    // A part may be taken and gone before the next begins; the chain goes on.
    const check = this.#checks.get(chain) ?? new ChainCheck(number === 0);
    this.#checks.set(chain, check);
    const progress = { taken: 0, last: undefined, check };
    this.#progress.set(name, progress);
    return progress;
  }

  async #take(name: string, lines: readonly string[], progress: Progress): Promise<void> {
    const events: SpoolEvent[] = [];
    for (const line of lines) {
      const event = readEvent(line);
      if (typeof event === "string") await this.#setAside(name, line, event, "unreadable");
      else events.push(event);
    }
    for (let from = 0; from < events.length; from += mostInBatch)
      await this.#append(name, events.slice(from, from + mostInBatch));
    for (const event of events) this.#follow(name, event, progress);
  }

  #follow(name: string, { header, hash, name: eventName }: SpoolEvent, progress: Progress): void {
    this.#declarations.useLog(header.origin);
    const broken = progress.check.follow(header, hash);
    if (broken !== undefined) this.#declarations.declare("audit.lost", name, broken.missing);
    progress.last = eventName;
  }

  async #append(name: string, events: readonly SpoolEvent[]): Promise<void> {
    const { database, counts, clock } = this.#props;
    const outcomes = await appendEach(
      (work) => database.run(work),
      events.map(({ parts }) => parts),
    );
    counts.lastStored = Math.floor(clock() / 1000);
    for (const [number, outcome] of outcomes.entries()) {
      const event = events[number];
      if (event !== undefined && (outcome === "fork" || outcome === "refused"))
        await this.#setAside(name, spoolLine(event.parts), outcome, outcome);
      else counts.add(outcome);
    }
  }

  /** Keeps a line that the database does not take, for a person to look at, and says so in the trail. */
  async #setAside(
    name: string,
    line: string,
    reason: string,
    outcome: "fork" | "refused" | "unreadable",
  ): Promise<void> {
    const { counts, log } = this.#props;
    counts.add(outcome);
    if (await this.#quarantine.has(name, line)) return;
    log({ event: "audit.set_aside", file: name, reason });
    // First, so that a full disk between the two declares a line twice rather than never.
    this.#declarations.declare(outcome === "fork" ? "audit.fork" : "audit.refused", name, 1);
    await this.#quarantine.add(name, line);
  }

  #declareDead(name: string, { last }: Progress, torn: boolean): void {
    this.#props.log({ event: "audit.writer_lost", file: name, last_event: last ?? "(none)", torn });
    this.#props.counts.add("failures");
  }

  /** Declares files that somebody else took away: nobody knows what stood in them after the last line that was read. */
  #declareVanished(names: readonly string[]): void {
    for (const name of this.#progress.keys()) {
      if (names.includes(name)) continue;
      this.#progress.delete(name);
      if (!this.#declarations.isOwn(name)) this.#declarations.declare("audit.lost", name);
    }
  }

  async #makePartitions(): Promise<void> {
    const { database, clock } = this.#props;
    if (clock() - this.#partitionsMade < partitionsEveryMs) return;
    await database.run(makePartitions);
    this.#partitionsMade = clock();
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

/** Reads a file's name, `<writer>.<epoch>.<n>.spool`. */
function partOf(name: string): { readonly chain: string; readonly number: number } {
  const found = /^(.*)\.(\d+)\.spool$/.exec(name);
  return { chain: found?.[1] ?? name, number: Number(found?.[2] ?? 0) };
}

/** Whether the chain goes on in a later file. */
function hasSuccessor(name: string, names: readonly string[]): boolean {
  const { chain, number } = partOf(name);
  return names.includes(`${chain}.${String(number + 1)}.spool`);
}

export interface SpoolEvent {
  readonly parts: LeafParts;
  readonly header: AuditHeader;
  /** The leaf hash in hex. */
  readonly hash: string;
  readonly name: string;
}

/** Returns the event of a line, or why it is none. */
export function readEvent(line: string): SpoolEvent | string {
  const parts = readSpoolLine(line);
  if (parts === undefined) return "is not header, salt and payload in base64url";
  try {
    const header = decodeHeader(parts.header);
    const { name } = decodeCanonical(parts.payload);
    return { parts, header, hash: leafHash(parts).toString("hex"), name: typeof name === "string" ? name : "(none)" };
  } catch (error) {
    if (error instanceof NotCanonical) return error.message;
    throw error;
  }
}
