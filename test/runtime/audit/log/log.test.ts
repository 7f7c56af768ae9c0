import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { LogWriter } from "../../../../runtime/audit/log/log-writer.ts";
import {
  consistencyProof,
  emptyRoot,
  inclusionProof,
  nodeHash,
  rootHash,
} from "../../../../runtime/audit/log/merkle.ts";
import {
  checkpointText,
  cosign,
  keyOfSeed,
  memorySigner,
  openNote,
  readCheckpoint,
  signNote,
  verifierKey,
} from "../../../../runtime/audit/log/note.ts";
import { WrittenOnce } from "../../../../runtime/audit/log/object-store.ts";
import { tilePath } from "../../../../runtime/audit/log/tile-path.ts";
import { TileReader } from "../../../../runtime/audit/log/tile-tree.ts";
import { MemoryObjectStore } from "./memory-object-store.ts";

// The leaves and roots of Certificate Transparency's published tests of RFC 6962.
const leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const roots = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const entryOf = (number: number) => Buffer.from(`entry ${String(number)}`);
const leafOf = (entry: Buffer) => createHash("sha256").update(Buffer.of(0)).update(entry).digest();

/** The root by the definition of RFC 6962, over all leaves. */
function rootOf(hashes: readonly Buffer[]): Buffer {
  if (hashes.length === 0) return emptyRoot();
  const [first] = hashes;
  if (hashes.length === 1 && first !== undefined) return first;
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return nodeHash(rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)));
}

async function logOf(size: number, store = new MemoryObjectStore(), from = 0): Promise<LogWriter> {
  const log = await LogWriter.open(store, from);
  for (let number = from; number < size; number += 1) await log.append(entryOf(number));
  return log;
}

describe("the Merkle log", () => {
  it("has the published roots of RFC 6962", async () => {
    for (const [size, root] of roots.entries()) {
      const log = await LogWriter.open(new MemoryObjectStore(), 0);
      for (const leaf of leaves.slice(0, size)) await log.append(Buffer.from(leaf, "hex"));
      expect((await log.publish()).toString("hex")).toBe(root);
    }
  });

  it("has the root of the definition at every size around the tiles' edges, in one go or after restarts", async () => {
    const hashes = Array.from({ length: 1100 }, (_, number) => leafOf(entryOf(number)));
    const store = new MemoryObjectStore();
    let size = 0;
    for (const next of [1, 2, 255, 256, 257, 511, 512, 700, 1024, 1100]) {
      const log = await logOf(next, store, size);
      expect((await log.publish()).equals(rootOf(hashes.slice(0, next)))).toBe(true);
      size = next;
    }
    const whole = new MemoryObjectStore();
    await (await logOf(1100, whole)).publish();
    for (const [key, bytes] of whole.objects) expect(store.objects.get(key)?.equals(bytes)).toBe(true);
  });

  it("climbs to a third level of tiles", async () => {
    const store = new MemoryObjectStore();
    const log = await logOf(65_536 + 3, store);
    await log.publish();
    expect(store.objects.has(tilePath(2, 0, 1))).toBe(true);
    const again = await LogWriter.open(store, 65_539);
    expect(await again.publish()).toEqual(await log.publish());
  });

  it("proves that each leaf is in it and that it only grew", async () => {
    const store = new MemoryObjectStore();
    await (await logOf(300, store)).publish();
    const { subtree } = new TileReader(store, 300);
    for (const index of [0, 1, 128, 255, 256, 299]) {
      let hash: Buffer = leafOf(entryOf(index));
      let [at, last] = [index, 299];
      for (const sibling of await inclusionProof(subtree, index, 300)) {
        if (at % 2 === 1 || at === last) {
          hash = nodeHash(sibling, hash);
          while (at % 2 === 0 && at !== 0) [at, last] = [at >> 1, last >> 1];
        } else hash = nodeHash(hash, sibling);
        [at, last] = [at >> 1, last >> 1];
      }
      expect(hash).toEqual(await rootHash(subtree, 300));
    }
    expect(await consistencyProof(subtree, 0, 300)).toEqual([]);
    expect(await consistencyProof(subtree, 300, 300)).toEqual([]);
    expect((await consistencyProof(subtree, 255, 300)).length).toBeGreaterThan(0);
    await expect(inclusionProof(subtree, 300, 300)).rejects.toThrow("not in a tree");
    await expect(consistencyProof(subtree, 301, 300)).rejects.toThrow("no beginning");
  });

  it("is never written over with other entries", async () => {
    const store = new MemoryObjectStore();
    await (await logOf(300, store)).publish();
    const rival = await LogWriter.open(store, 0);
    await expect(
      (async () => {
        for (let number = 0; number < 300; number += 1) await rival.append(Buffer.from("another"));
      })(),
    ).rejects.toThrow(WrittenOnce);
  });

  it("names tiles as C2SP does", () => {
    expect([tilePath(0, 0), tilePath(1, 1_234_067), tilePath("entries", 5, 7)]).toEqual([
      "tile/0/000",
      "tile/1/x001/x234/067",
      "tile/entries/005.p/7",
    ]);
  });
});

describe("a signed note", () => {
  // The key and the note of Go's golang.org/x/mod/sumdb/note, which C2SP signed-note describes.
  const go = {
    verifier: "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    note:
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n" +
      "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
  };
  const publicKey = Buffer.from(go.verifier.split("+")[2] ?? "", "base64").subarray(1);
  const signer = memorySigner("homeroom/test/shared", keyOfSeed(Buffer.alloc(32, 7)));

  it("of Go's implementation is opened, and no other", () => {
    const key = { name: "PeterNeumann", publicKey };
    expect(verifierKey(key)).toBe(go.verifier);
    expect(openNote(go.note, key)).toBe(go.note.split("\n\n")[0] + "\n");
    expect(openNote(go.note.replace("answer", "Answer"), key)).toBeUndefined();
    expect(openNote(go.note, { ...key, name: "Peter" })).toBeUndefined();
    expect(openNote("no note", key)).toBeUndefined();
  });

  it("carries a checkpoint that reads back", async () => {
    const note = await signNote(checkpointText("homeroom/test/shared", 300, Buffer.alloc(32, 1)), signer);
    const text = openNote(note, signer) ?? "";
    expect(readCheckpoint(text)).toEqual({ origin: "homeroom/test/shared", size: 300, root: Buffer.alloc(32, 1) });
    for (const odd of ["", "o\n01\nAAAA\n", text.trimEnd(), `${text}extra\n`, text.replace("300", "-1")])
      expect(readCheckpoint(odd)).toBeUndefined();
  });

  it("takes a witness's line with its time", async () => {
    const line = await cosign(checkpointText("o", 1, Buffer.alloc(32)), signer, 1_700_000_000);
    const bytes = Buffer.from(line.split(" ")[2] ?? "", "base64");
    expect(bytes).toHaveLength(4 + 8 + 64);
    expect(bytes.readBigUInt64BE(4)).toBe(1_700_000_000n);
  });
});
