import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type pg from "pg";
import { CollectorSocket, socketName } from "../../../../runtime/audit/collector/collector-socket.ts";
import { Counts } from "../../../../runtime/audit/collector/counts.ts";
import { SpoolCollector } from "../../../../runtime/audit/collector/spool-collector.ts";
import { spoolLine } from "../../../../runtime/audit/event/leaf.ts";
import { appendEach } from "../../../../runtime/audit/store/event-store.ts";
import { type TestChain, testChain } from "../chain-of-events.ts";
import { type AuditDatabase, startAuditDatabase } from "../store/audit-database.ts";

let database: AuditDatabase;
let client: pg.Client;
let folder: string;
let counts: Counts;
let away: boolean;
let hangs: boolean;
let logged: object[];
let collector: SpoolCollector;
let number = 0;

beforeAll(async () => {
  database = await startAuditDatabase();
  client = await database.as("audit_writer");
}, 60_000);
afterAll(() => database.postgres.stop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "homeroom-spool-"));
  counts = new Counts();
  away = false;
  hangs = false;
  logged = [];
  collector = collectorOf();
  number += 1;
});

const run = <T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> =>
  hangs ? new Promise(() => undefined) : away ? Promise.reject(new Error("the database is away")) : work(client);
const collectorOf = () =>
  new SpoolCollector({ folder, database: { run }, counts, log: (entry) => logged.push(entry), clock: Date.now });
const write = (chain: TestChain, lines: readonly string[], part = 0) =>
  appendFileSync(fileOf(chain, part), lines.map((line) => `${line}\n`).join(""));
const nameOf = (chain: TestChain, part = 0) => `${chain.writer}.${String(chain.epoch)}.${String(part)}.spool`;
const fileOf = (chain: TestChain, part = 0) => join(folder, nameOf(chain, part));
const stored = async (chain: TestChain) =>
  (await database.admin.query("select seq::int as seq from audit.event where writer = $1 order by seq", [chain.writer]))
    .rows.length;
const chainOf = () => testChain(`collect-${String(number)}`);
const lines = (chain: TestChain, count: number) => Array.from({ length: count }, () => spoolLine(chain.next()));

describe("the collector", () => {
  it("stores each line once, as the file grows and after a restart", async () => {
    const chain = chainOf();
    write(chain, lines(chain, 3));
    expect(await collector.collect()).toBe(3);
    write(chain, lines(chain, 2));
    expect(await collector.collect()).toBe(2);
    expect(await collectorOf().collect()).toBe(5);
    expect(await stored(chain)).toBe(5);
    expect([counts.of("stored"), counts.of("same")]).toEqual([5, 5]);
  });

  it("keeps what the database does not take, and takes it later", async () => {
    const chain = chainOf();
    write(chain, lines(chain, 3));
    away = true;
    await expect(collector.collect()).rejects.toThrow("away");
    expect(existsSync(fileOf(chain))).toBe(true);
    away = false;
    await collector.collect();
    expect(await stored(chain)).toBe(3);
  });

  it("waits for the end of a line that is being written", async () => {
    const chain = chainOf();
    const [whole, half] = lines(chain, 2);
    writeFileSync(fileOf(chain), `${whole ?? ""}\n${(half ?? "").slice(0, 40)}`);
    expect(await collector.collect()).toBe(1);
    appendFileSync(fileOf(chain), `${(half ?? "").slice(40)}\n`);
    expect(await collector.collect()).toBe(1);
    expect(await stored(chain)).toBe(2);
  });

  it("deletes a file when its writer has ended, or gone on in the next", async () => {
    const [ended, rolled] = [chainOf(), testChain(`collect-rolled-${String(number)}`)];
    write(ended, [spoolLine(ended.next()), spoolLine(ended.next({ name: "writer.stopped" }))]);
    write(rolled, lines(rolled, 1), 9);
    write(rolled, lines(rolled, 1), 10);
    await collector.collect();
    expect(readdirSync(folder)).toEqual([nameOf(rolled, 10)]);
    expect([await stored(ended), await stored(rolled)]).toEqual([2, 2]);
  });

  it("says that a writer died, with its torn line, and deletes the file", async () => {
    const chain = chainOf();
    writeFileSync(fileOf(chain), `${spoolLine(chain.next())}\nhalf a li`);
    await collector.collect();
    expect(existsSync(fileOf(chain))).toBe(true);
    utimesSync(fileOf(chain), new Date(), new Date(Date.now() - 6 * 60_000));
    await collector.collect();
    expect(existsSync(fileOf(chain))).toBe(false);
    expect(logged).toContainEqual(expect.objectContaining({ event: "audit.writer_lost", torn: true }));
  });

  it("sets aside what is no event or has another's place, and takes the rest", async () => {
    const chain = chainOf();
    const rival = testChain(chain.writer, chain.epoch);
    const good = lines(chain, 1);
    write(chain, [...good, "no event", spoolLine({ ...chain.next(), header: Buffer.from("{}") }), ...lines(chain, 1)]);
    write(chain, [spoolLine(rival.next({ purpose: "another" }))]);
    await collector.collect();
    expect([counts.of("stored"), counts.of("unreadable"), counts.of("fork")]).toEqual([2, 2, 1]);
    expect(readFileSync(join(folder, "quarantine", nameOf(chain)), "utf8").split("\n")).toHaveLength(4);
  });
});

describe("what the collector declares in the trail itself", () => {
  const dead = (file: string) => utimesSync(file, new Date(), new Date(Date.now() - 6 * 60_000));
  /** Declarations about a chain, in the order of the collector's own chain. */
  const declared = async (chain: TestChain) => {
    await collector.collect();
    const { rows } = await database.admin.query<{ name: string; rows: number | null }>(
      `select name, (convert_from(payload, 'UTF8')::jsonb -> 'result' ->> 'rows')::int as rows from audit.event
       where resource_type = 'chain' and resource_id = $1 order by epoch, seq`,
      [`${chain.writer}.${String(chain.epoch)}`],
    );
    return rows.map(({ name, rows: count }) => [name, count]);
  };

  it("names the number of events that are missing", async () => {
    const chain = chainOf();
    const [first, , , fourth] = lines(chain, 4);
    write(chain, [first ?? "", fourth ?? ""]);
    await collector.collect();
    expect(await declared(chain)).toEqual([["audit.lost", 2]]);
  });

  it("notices a missing beginning, a wrong link and a hole between two files", async () => {
    const beheaded = chainOf();
    write(beheaded, lines(beheaded, 2).slice(1));
    const relinked = testChain(`relinked-${String(number)}`);
    write(relinked, [...lines(relinked, 1), spoolLine(relinked.next({}, { prev: "ab".repeat(32) }))]);
    const rolled = testChain(`hole-${String(number)}`);
    const [one, , three] = lines(rolled, 3);
    write(rolled, [one ?? ""]);
    write(rolled, [three ?? ""], 1);
    await collector.collect();
    expect(await declared(beheaded)).toEqual([["audit.lost", 1]]);
    expect(await declared(relinked)).toEqual([["audit.lost", 0]]);
    expect(await declared(rolled)).toEqual([["audit.lost", 1]]);
  });

  it("says nothing of a whole chain in several files, nor of one whose beginning it took before a restart", async () => {
    const chain = chainOf();
    write(chain, lines(chain, 2));
    write(chain, lines(chain, 2), 1);
    await collector.collect();
    collector = collectorOf();
    write(chain, lines(chain, 1), 1);
    await collector.collect();
    expect(await declared(chain)).toEqual([]);
  });

  it("names a torn line once its writer is dead, and a file that somebody took away", async () => {
    const [torn, taken] = [chainOf(), testChain(`taken-${String(number)}`)];
    writeFileSync(fileOf(torn), `${spoolLine(torn.next())}\nhalf a li`);
    write(taken, lines(taken, 1));
    await collector.collect();
    dead(fileOf(torn));
    rmSync(fileOf(taken));
    await collector.collect();
    expect(await declared(torn)).toEqual([["audit.torn", null]]);
    expect(await declared(taken)).toEqual([["audit.lost", null]]);
  });

  it("names forks and lines that cannot be kept, each once, also after a restart", async () => {
    const chain = chainOf();
    const rival = testChain(chain.writer, chain.epoch);
    // The first line names no log, so its declaration waits for an event that does.
    write(chain, ["no event", ...lines(chain, 1), spoolLine(rival.next({ purpose: "another" }))]);
    await collector.collect();
    const first = await declared(chain);
    expect(first).toContainEqual(["audit.fork", 1]);
    expect(first).toContainEqual(["audit.refused", 1]);
    collector = collectorOf();
    await collector.collect();
    const names = (await declared(chain)).map(([name]) => name);
    expect(names.filter((name) => name === "audit.fork" || name === "audit.refused")).toHaveLength(2);
  });

  it("writes its own chain so that it is whole, and ends it on purpose", async () => {
    const chain = chainOf();
    write(chain, lines(chain, 2).slice(1));
    await collector.collect();
    const own = readdirSync(folder).find((name) => name.startsWith("collector-"));
    collector.close();
    await collector.collect();
    expect(readdirSync(folder)).toEqual([nameOf(chain)]);
    const { rows } = await database.admin.query<{ name: string }>(
      "select name from audit.event where writer || '.' || epoch || '.0.spool' = $1 order by seq",
      [own],
    );
    expect(rows.map(({ name }) => name)).toEqual(["writer.started", "audit.lost", "writer.stopped"]);
    expect(counts.of("fork")).toBe(0);
  });
});

describe("an event that PostgreSQL cannot take", () => {
  it("is set aside alone, and the others of its batch are kept", async () => {
    const chain = chainOf();
    // Within a header's bounds, and beyond what a timestamp of PostgreSQL holds.
    const impossible = spoolLine(chain.next({}, { ts: Number.MAX_SAFE_INTEGER }));
    write(chain, [...lines(chain, 3), impossible, ...lines(chain, 3)]);
    await collector.collect();
    expect([await stored(chain), counts.of("refused")]).toEqual([6, 1]);
  });

  it("is not blamed for a database that fails", async () => {
    const failing = () => Promise.reject(Object.assign(new Error("shutting down"), { code: "57P01" }));
    await expect(appendEach(failing, [testChain().next()])).rejects.toThrow("shutting down");
    const guilty = () => Promise.reject(Object.assign(new Error("out of range"), { code: "22003" }));
    expect(await appendEach(guilty, [testChain().next(), testChain().next()])).toEqual(["refused", "refused"]);
  });
});

describe("the collector's socket", () => {
  const subject = { pid: "ab".repeat(16), key: Buffer.alloc(32, 1) };
  const ask = (line: string): Promise<string> =>
    new Promise((resolve) => {
      let answer = "";
      const socket = connect(join(folder, socketName), () => socket.write(line));
      socket.on("data", (part) => (answer += String(part)));
      socket.on("error", () => resolve(answer));
      socket.on("close", () => resolve(answer));
    });
  let socket: CollectorSocket;

  beforeEach(async () => {
    const subjects = { subjectOf: () => Promise.resolve(subject), adopt: () => Promise.resolve(subject) };
    socket = new CollectorSocket({ folder, database: { run }, subjects, counts, log: (entry) => logged.push(entry) });
    await socket.listen();
  });

  it("acknowledges an event that the database has", async () => {
    const chain = chainOf();
    const line = spoolLine(chain.next());
    expect(await ask(`${JSON.stringify({ op: "append", line })}\n`)).toBe('{"ok":true}\n');
    expect(await ask(`${JSON.stringify({ op: "append", line })}\n`)).toBe('{"ok":true}\n');
    expect(await stored(chain)).toBe(1);
    await socket.close();
  });

  it("acknowledges as degraded one that only the disk has, and never one that nothing has", async () => {
    const chain = chainOf();
    const line = spoolLine(chain.next());
    away = true;
    expect(await ask(`${JSON.stringify({ op: "append", line })}\n`)).toContain('"ok":false');
    write(chain, [line]);
    expect(await ask(`${JSON.stringify({ op: "append", line })}\n`)).toBe('{"ok":true,"degraded":true}\n');
    await socket.close();
  });

  it("acknowledges as degraded while the database hangs, before the writer gives up", async () => {
    const chain = chainOf();
    const line = spoolLine(chain.next());
    write(chain, [line]);
    hangs = true;
    expect(await ask(`${JSON.stringify({ op: "append", line })}\n`)).toBe('{"ok":true,"degraded":true}\n');
    await socket.close();
  });

  it("gives a person's pseudonym, and refuses what is no question", async () => {
    const who = { tenant: "north", kind: "guest", user_id: "7" };
    expect(JSON.parse(await ask(`${JSON.stringify({ op: "subject", ...who })}\n`))).toEqual({
      ok: true,
      pid: subject.pid,
      key: subject.key.toString("base64"),
    });
    for (const odd of [
      "",
      "{}",
      '{"op":"drop"}',
      JSON.stringify({ op: "subject", ...who, kind: "admin" }),
      "[".repeat(9),
    ])
      expect(await ask(`${odd}\n`)).toBe('{"ok":false}\n');
    expect(await ask("x".repeat(200_000))).toBe("");
    await socket.close();
  });
});
