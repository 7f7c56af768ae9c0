import { beforeAll, describe, expect, it } from "@jest/globals";
import { decodeHeader } from "../../runtime/audit/event/header.ts";
import { leafHash, type LeafParts, commitmentOf } from "../../runtime/audit/event/leaf.ts";
import { LogWriter } from "../../runtime/audit/log/log-writer.ts";
import { inclusionProof } from "../../runtime/audit/log/merkle.ts";
import {
  checkpointText,
  cosign,
  keyOfSeed,
  memorySigner,
  signNote,
  verifierKey,
} from "../../runtime/audit/log/note.ts";
import { tilePath } from "../../runtime/audit/log/tile-path.ts";
import { TileReader } from "../../runtime/audit/log/tile-tree.ts";
import { MemoryObjectStore } from "../runtime/audit/log/memory-object-store.ts";
import { testChain } from "../runtime/audit/chain-of-events.ts";
import {
  type Bundle,
  exitCode,
  findings,
  readBundle,
  readVerifierKey,
  type StoredRow,
  type Trust,
  verifyBundle,
  verifyDatabase,
  verifyLog,
} from "../../verify/index.ts";

const origin = "homeroom/test/shared";
const signer = memorySigner(origin, keyOfSeed(Buffer.alloc(32, 1)));
const witness = memorySigner("witness", keyOfSeed(Buffer.alloc(32, 2)));
const now = 1_800_000_000;
const trust: Trust = {
  keys: [readVerifierKey(verifierKey(signer)), readVerifierKey(verifierKey(witness, "witness"))],
  now,
  witnessSeconds: 300,
};
const entryOf = (event: LeafParts) => Buffer.concat([event.header, commitmentOf(event)]);
const codes = (verdict: { counts: object }) => Object.keys(verdict.counts).sort();

let store: MemoryObjectStore;
let events: LeafParts[];

/** Writes events as a log whose checkpoint both keys signed. */
async function publish(given: readonly LeafParts[], time = now): Promise<MemoryObjectStore> {
  const objects = new MemoryObjectStore();
  const log = await LogWriter.open(objects, 0);
  for (const event of given) await log.append(entryOf(event));
  const text = checkpointText(origin, log.size, await log.publish());
  const note = (await signNote(text, signer)) + (await cosign(text, witness, time));
  await objects.put("checkpoint", Buffer.from(note));
  return objects;
}

const rowsOf = (given: readonly LeafParts[]): StoredRow[] =>
  given.map(({ header, salt, payload }, index) => ({
    index,
    place: `row ${String(index)}`,
    header,
    salt,
    payload,
    late: false,
  }));
const reading = (objects: MemoryObjectStore) => (key: string) => objects.get(key);

async function judge(rows: readonly StoredRow[], outside = { waiting: 0, extra: 0 }, objects = store) {
  const database = {
    async *rows() {
      await Promise.resolve();
      yield* rows;
    },
    outside: () => Promise.resolve(outside),
  };
  return verifyDatabase(database, reading(objects), trust);
}

beforeAll(async () => {
  const chains = [testChain("web-1"), testChain("web-2"), testChain("worker-1")];
  events = Array.from({ length: 600 }, (_, number) => (chains[number % 3] ?? testChain()).next());
  store = await publish(events);
});

const copy = () => {
  const other = new MemoryObjectStore();
  for (const [key, bytes] of store.objects) other.objects.set(key, Buffer.from(bytes));
  return other;
};

describe("a log that nobody touched", () => {
  it("is whole, and so is its database", async () => {
    for (const verdict of [await verifyLog(reading(store), trust), await judge(rowsOf(events))]) {
      expect(verdict.findings).toEqual([]);
      expect([verdict.size, verdict.checked, exitCode(verdict)]).toEqual([600, 600, 0]);
    }
  });

  it("raises no alarm over destroyed payloads, waiting events, or an act that overtook others", async () => {
    const rows = rowsOf(events).map((row, index) => (index % 7 === 0 ? { ...row, salt: null, payload: null } : row));
    const verdict = await judge(rows, { waiting: 3, extra: 0 });
    expect([codes(verdict), exitCode(verdict)]).toEqual([["PAYLOAD_EXPIRED", "UNSEALED_TAIL"], 0]);
    const [first, second, third] = events;
    if (!first || !second || !third) throw new Error("no events");
    const chain = testChain("late-1");
    const [a, b, c] = [chain.next(), chain.next(), chain.next()];
    expect((await verifyLog(reading(await publish([b, c, a])), trust)).findings).toEqual([]);
  });
});

describe("each change of the database is found", () => {
  const change = (index: number, changed: Partial<StoredRow>) =>
    rowsOf(events).map((row) => (row.index === index ? { ...row, ...changed } : row));
  const flipped = (bytes: Buffer, at: number) => {
    const other = Buffer.from(bytes);
    other.writeUInt8(other.readUInt8(at) ^ 1, at);
    return other;
  };

  it("in every byte of a payload, salt and header", async () => {
    const event = events[300];
    if (event === undefined) throw new Error("no event");
    for (const part of ["header", "salt", "payload"] as const)
      for (let at = 0; at < event[part].length; at += 1)
        expect(codes(await judge(change(300, { [part]: flipped(event[part], at) })))).toContain("CONTENT_MISMATCH");
  }, 60_000);

  it("when a row is deleted, cut off, swapped, put in, or late", async () => {
    const rows = rowsOf(events);
    expect(codes(await judge(rows.filter(({ index }) => index !== 300)))).toContain("MISSING");
    expect(codes(await judge(change(300, { header: null, salt: null, payload: null })))).toContain("MISSING");
    expect(codes(await judge(rows.slice(0, 590)))).toEqual(["TAIL_TRUNCATED"]);
    const swapped = rows.map((row) => ({
      ...(rows[row.index === 300 ? 301 : row.index === 301 ? 300 : row.index] ?? row),
      index: row.index,
    }));
    expect(codes(await judge(swapped))).toContain("CONTENT_MISMATCH");
    expect(codes(await judge(rows, { waiting: 0, extra: 1 }))).toEqual(["EXTRA"]);
    expect(codes(await judge(change(300, { late: true })))).toEqual(["LATE"]);
  });

  it("when a writer's chain is written anew with right hashes", async () => {
    const forged = testChain("web-1", decodeHeader(events[0]?.header ?? Buffer.alloc(0)).epoch);
    const rows = rowsOf(events).map((row) => {
      if (row.index % 3 !== 0) return row;
      return { ...row, ...forged.next({ purpose: "forged" }) };
    });
    expect(codes(await judge(rows))).toEqual(["CONTENT_MISMATCH"]);
  });
});

describe("each change of the published log is found", () => {
  it("in tiles, bundles and the checkpoint", async () => {
    for (const key of [
      tilePath(0, 1),
      tilePath(0, 2, 88),
      tilePath("entries", 0),
      tilePath("entries", 2, 88),
      "checkpoint",
    ]) {
      for (const at of [0, 40]) {
        const other = copy();
        const bytes = other.objects.get(key);
        if (bytes === undefined) throw new Error(key);
        bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
        expect(exitCode(await verifyLog(reading(other), trust))).toBeGreaterThanOrEqual(12);
      }
      const gone = copy();
      gone.objects.delete(key);
      expect(exitCode(await verifyLog(reading(gone), trust))).toBeGreaterThanOrEqual(12);
    }
  });

  it("when chains are broken or forked before they were sealed", async () => {
    const chain = testChain("web-9");
    const [a, , c] = [chain.next(), chain.next(), chain.next()];
    const rival = testChain("web-9", chain.epoch).next({ purpose: "rival" });
    expect(codes(await verifyLog(reading(await publish([a, c])), trust))).toEqual(["MISSING"]);
    expect(codes(await verifyLog(reading(await publish([a, rival])), trust))).toEqual(["FORK"]);
    const unlinked = testChain("web-8");
    const broken = [unlinked.next(), unlinked.next({}, { prev: "11".repeat(32) })];
    expect(codes(await verifyLog(reading(await publish(broken)), trust))).toEqual(["LINK_BROKEN"]);
  });

  it("when the witness was left out, or is long silent", async () => {
    expect(codes(await verifyLog(reading(await publish(events, now - 3600)), trust))).toEqual(["WITNESS_STALE"]);
    const other = copy();
    const note = other.objects.get("checkpoint")?.toString() ?? "";
    other.objects.set("checkpoint", Buffer.from(note.slice(0, note.lastIndexOf("— "))));
    expect(codes(await verifyLog(reading(other), trust))).toEqual(["WITNESS_STALE"]);
  });

  it("when another key signed it", async () => {
    const thief = memorySigner(origin, keyOfSeed(Buffer.alloc(32, 9)));
    const keys = [readVerifierKey(verifierKey(thief))];
    expect(codes(await verifyLog(reading(store), { ...trust, keys }))).toEqual(["SIG_BAD"]);
  });
});

describe("the proof of one event", () => {
  const bundleOf = async (index: number): Promise<Bundle> => {
    const event = events[index];
    if (event === undefined) throw new Error("no event");
    const proof = await inclusionProof(new TileReader(store, 600).subtree, index, 600);
    return {
      header: event.header.toString("base64"),
      salt: event.salt.toString("base64"),
      payload: event.payload.toString("base64"),
      index,
      proof: proof.map((hash) => hash.toString("base64")),
      checkpoint: store.objects.get("checkpoint")?.toString() ?? "",
    };
  };

  it("holds for each event, and for no other place, payload or checkpoint", async () => {
    for (const index of [0, 255, 256, 599]) {
      const bundle = readBundle(JSON.stringify(await bundleOf(index)));
      expect(verifyBundle(bundle, trust).findings).toEqual([]);
      for (const forged of [
        { ...bundle, index: (index + 1) % 600 },
        { ...bundle, payload: Buffer.from("{}").toString("base64") },
        { ...bundle, proof: bundle.proof.slice(1) },
        { ...bundle, proof: [...bundle.proof, ...bundle.proof.slice(0, 1)] },
      ])
        expect(codes(verifyBundle(forged, trust))).toEqual(["CONTENT_MISMATCH"]);
      expect(codes(verifyBundle({ ...bundle, checkpoint: "none" }, trust))).toEqual(["SIG_BAD"]);
    }
    expect(leafHash(events[0] ?? testChain().next())).toHaveLength(32);
  });

  it("is refused when it is no bundle", () => {
    for (const odd of ["{}", "[]", '{"header":"","salt":"","payload":"","checkpoint":""}'])
      expect(() => readBundle(odd)).toThrow("the bundle has no");
  });
});

describe("a verifier key", () => {
  it("is refused when it was altered or is none", () => {
    const text = verifierKey(signer);
    expect(() => readVerifierKey(text.replace("homeroom", "homeroon"))).toThrow("was altered");
    expect(() => readVerifierKey("key")).toThrow("no verifier key");
  });

  it("has a different exit code for each kind of alarm", () => {
    const alarms = Object.values(findings)
      .map(({ exit }) => exit)
      .filter((exit) => exit > 0);
    expect(new Set(alarms).size).toBe(alarms.length);
  });
});
