import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type pg from "pg";
import { keyOfSeed, memorySigner, openNote, readCheckpoint } from "../../../../runtime/audit/log/note.ts";
import { tilePath } from "../../../../runtime/audit/log/tile-path.ts";
import { Sealer } from "../../../../runtime/audit/sealer/sealer.ts";
import { NotWitnessed, WitnessClient } from "../../../../runtime/audit/sealer/witness-client.ts";
import { appendEvents } from "../../../../runtime/audit/store/event-store.ts";
import type { TreeHead } from "../../../../runtime/audit/witness/consistency.ts";
import { Witness } from "../../../../runtime/audit/witness/witness.ts";
import { witnessServer } from "../../../../runtime/audit/witness/witness-server.ts";
import { testChain } from "../chain-of-events.ts";
import { MemoryObjectStore } from "../log/memory-object-store.ts";
import { type AuditDatabase, startAuditDatabase } from "../store/audit-database.ts";

const origin = "homeroom/test/shared";
const signer = memorySigner(origin, keyOfSeed(Buffer.alloc(32, 1)));
const witnessSigner = memorySigner("witness", keyOfSeed(Buffer.alloc(32, 2)));

let database: AuditDatabase;
let writer: pg.Client;
let client: pg.Client;
let store: MemoryObjectStore;
let sealer: Sealer;

beforeAll(async () => {
  database = await startAuditDatabase();
  writer = await database.as("audit_writer");
  client = await database.as("audit_sealer");
  store = new MemoryObjectStore();
  sealer = sealerOf(store);
}, 60_000);
afterAll(() => database.postgres.stop());

const sealerOf = (objects: MemoryObjectStore) =>
  new Sealer({ client, store: objects, origin, signer, log: () => undefined });
const sizeOf = (note: string) => readCheckpoint(openNote(note, signer) ?? "")?.size;
const append = async (count: number, name: string) => {
  const chain = testChain(name);
  await appendEvents(
    writer,
    Array.from({ length: count }, () => chain.next()),
  );
};

describe("the sealer", () => {
  it("signs an empty log, then each event once", async () => {
    expect(sizeOf((await sealer.seal())?.note ?? "")).toBe(0);
    await append(300, "seal-1");
    const sealed = await sealer.seal();
    expect([sealed?.size, sealed?.added, sizeOf(sealed?.note ?? "")]).toEqual([300, 300, 300]);
    expect((await sealer.seal())?.added).toBe(0);
    const { rows } = await database.admin.query(
      "select count(*)::int as n, count(distinct (writer, epoch, seq))::int as d, max(index)::int as last from audit.log_index",
    );
    expect(rows).toEqual([{ n: 300, d: 300, last: 299 }]);
    // The index finds each event by its time too, to the microsecond.
    const found = await database.admin.query(
      "select count(*)::int as n from audit.log_index join audit.event using (ts, writer, epoch, seq, leaf_hash)",
    );
    expect(found.rows).toEqual([{ n: 300 }]);
    expect([...store.objects.keys()]).toEqual(
      expect.arrayContaining([tilePath(0, 0), tilePath(0, 1, 44), tilePath(1, 0, 1), tilePath("entries", 1, 44)]),
    );
  });

  it("leaves an event of an open transaction for later, with those that began after it", async () => {
    const slow = await database.as("audit_writer");
    await slow.query("begin");
    await appendEvents(slow, [testChain("slow-1").next()]);
    await append(2, "quick-1");
    expect((await sealer.seal())?.added).toBe(0);
    await slow.query("commit");
    expect((await sealer.seal())?.added).toBe(3);
  });

  it("repeats a run that died before its commit, with the same bytes", async () => {
    await append(5, "dies-1");
    const real = client.query.bind(client);
    const broken = new Proxy(client, {
      get: (target, name): unknown =>
        name === "query"
          ? (text: string, values?: unknown[]) =>
              text.startsWith("insert into audit.checkpoint") ? Promise.reject(new Error("killed")) : real(text, values)
          : Reflect.get(target, name),
    });
    const dying = new Sealer({ client: broken, store, origin, signer, log: () => undefined });
    await expect(dying.seal()).rejects.toThrow("killed");
    await append(4, "later-1");
    expect((await sealer.seal())?.added).toBe(9);
  });

  it("is one at a time", async () => {
    const other = await database.as("audit_sealer");
    await other.query("begin");
    await other.query("select pg_advisory_xact_lock(hashtextextended('homeroom.audit.seal', 0))");
    expect(await sealer.seal()).toBeUndefined();
    await other.query("rollback");
    expect(await sealer.seal()).toBeDefined();
  });
});

describe("the witness", () => {
  let head: TreeHead | undefined;
  let server: Server;
  let address: string;
  const kept = new MemoryObjectStore();
  const witnessClient = () => new WitnessClient(address);

  beforeAll(async () => {
    const state = {
      read: () => Promise.resolve(head),
      write: (next: TreeHead) => {
        head = next;
        return Promise.resolve();
      },
    };
    const witness = new Witness({ log: signer, signer: witnessSigner, state, store: kept, clock: () => 1_700_000_000 });
    server = witnessServer(witness, () => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const cosigned = async (client: WitnessClient) => {
    const sealed = await sealer.seal();
    if (sealed === undefined) throw new Error("not sealed");
    return client.cosign(sealed.size, sealed.note, (before) => sealer.prove(before, sealed.size));
  };

  it("cosigns a log that grows, also for a sealer that forgot what it saw", async () => {
    const client = witnessClient();
    expect(await cosigned(client)).toMatch(/^— witness /);
    await append(257, "grows-1");
    expect(await cosigned(client)).toMatch(/^— witness /);
    expect(await cosigned(witnessClient())).toMatch(/^— witness /);
    expect(kept.objects.has(`${origin}/checkpoint/${String(head?.size)}`)).toBe(true);
  });

  it("refuses a log that was rewritten and signed anew with the true key", async () => {
    const size = (head?.size ?? 0) + 1;
    const forged = new MemoryObjectStore();
    const { LogWriter } = await import("../../../../runtime/audit/log/log-writer.ts");
    const { checkpointText, signNote } = await import("../../../../runtime/audit/log/note.ts");
    const { consistencyProof } = await import("../../../../runtime/audit/log/merkle.ts");
    const { TileReader } = await import("../../../../runtime/audit/log/tile-tree.ts");
    const log = await LogWriter.open(forged, 0);
    for (let number = 0; number < size; number += 1) await log.append(Buffer.from(`forged ${String(number)}`));
    const note = await signNote(checkpointText(origin, size, await log.publish()), signer);
    const prove = (before: number) => consistencyProof(new TileReader(forged, size).subtree, before, size);
    await expect(witnessClient().cosign(size, note, prove)).rejects.toThrow(NotWitnessed);
    const shorter = await signNote(checkpointText(origin, 1, Buffer.alloc(32)), signer);
    await expect(witnessClient().cosign(1, shorter, () => Promise.resolve([]))).rejects.toThrow("409");
  });

  it("refuses another's signature, another log and what is no request", async () => {
    const ask = async (body: string) => (await fetch(`${address}/add-checkpoint`, { method: "POST", body })).status;
    const { checkpointText, signNote } = await import("../../../../runtime/audit/log/note.ts");
    const thief = memorySigner(origin, keyOfSeed(Buffer.alloc(32, 9)));
    expect(await ask(`old 0\n\n${await signNote(checkpointText(origin, 9, Buffer.alloc(32)), thief)}`)).toBe(403);
    expect(await ask(`old 0\n\n${await signNote(checkpointText("other", 9, Buffer.alloc(32)), signer)}`)).toBe(404);
    for (const odd of ["", "old -1\n\nx", "old 1\nAAAA\n\nx", "old 99999999999999999\n\nx"])
      expect(await ask(odd)).toBe(400);
    expect((await fetch(`${address}/elsewhere`)).status).toBe(404);
  });
});
