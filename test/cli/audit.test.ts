import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { sentenceOf } from "../../cli/audit-sentence.ts";
import { run } from "../../cli/program.ts";
import { DirectoryObjectStore } from "../../runtime/adapters/local/directory-object-store.ts";
import { commitmentOf } from "../../runtime/audit/event/leaf.ts";
import { LogWriter } from "../../runtime/audit/log/log-writer.ts";
import { checkpointText, keyOfSeed, memorySigner, signNote, verifierKey } from "../../runtime/audit/log/note.ts";
import { WrittenOnce } from "../../runtime/audit/log/object-store.ts";
import { testChain } from "../runtime/audit/chain-of-events.ts";

const signer = memorySigner("homeroom/test/shared", keyOfSeed(Buffer.alloc(32, 1)));

async function ran(...argv: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const output = { print: (line: string) => void lines.push(line), fail: (line: string) => void lines.push(line) };
  const code = await run(["node", "homeroom", ...argv], output);
  process.exitCode = 0;
  return { code, text: lines.join("\n") };
}

async function publishedLog(): Promise<{ folder: string; keys: string; store: DirectoryObjectStore }> {
  const folder = mkdtempSync(join(tmpdir(), "homeroom-log-"));
  const store = new DirectoryObjectStore(folder);
  const log = await LogWriter.open(store, 0);
  const chain = testChain();
  for (let number = 0; number < 300; number += 1) {
    const event = chain.next();
    await log.append(Buffer.concat([event.header, commitmentOf(event)]));
  }
  await store.put(
    "checkpoint",
    Buffer.from(await signNote(checkpointText(signer.name, 300, await log.publish()), signer)),
  );
  const keys = join(folder, "keys");
  writeFileSync(keys, `${verifierKey(signer)}\n`);
  return { folder, keys, store };
}

describe("homeroom audit verify", () => {
  it("says that a log is whole, and ends with the finding's own exit code when it is not", async () => {
    const { folder, keys, store } = await publishedLog();
    const whole = await ran("audit", "verify", "log", folder, "--keys", keys);
    expect([whole.code, whole.text]).toEqual([0, expect.stringContaining("The trail is whole.")]);
    const tile = (await store.get("tile/0/000")) ?? Buffer.alloc(0);
    await store.put("tile/0/000", Buffer.concat([Buffer.of(tile.readUInt8(0) ^ 1), tile.subarray(1)]));
    const broken = await ran("audit", "verify", "log", folder, "--keys", keys);
    expect([broken.code, broken.text]).toEqual([18, expect.stringContaining("CONTENT_MISMATCH  entry 0")]);
    const json = await ran("audit", "verify", "log", folder, "--keys", keys, "--json");
    expect(JSON.parse(json.text.split("\n")[0] ?? "")).toMatchObject({ size: 300, counts: { CONTENT_MISMATCH: 1 } });
  });

  it("names what is wrong with keys and proofs", async () => {
    const { folder, keys } = await publishedLog();
    const missing = await ran("audit", "verify", "log", folder, "--keys", "/nowhere/keys");
    expect([missing.code, missing.text]).toEqual([1, "--keys /nowhere/keys cannot be read (ENOENT)"]);
    writeFileSync(keys, "no key\n");
    expect((await ran("audit", "verify", "log", folder, "--keys", keys)).text).toContain("no key is no verifier key");
    const { keys: good } = await publishedLog();
    expect((await ran("audit", "verify", "bundle", keys, "--keys", good)).text).toContain("is no proof");
  });
});

describe("an event in words", () => {
  it("names the act, the pseudonym and the school", () => {
    const payload = {
      name: "chart.viewed",
      tenant: "north",
      actor: { type: "guest", pid: "7f3a".repeat(8), role: "teacher", school_id: "42" },
      resource: [
        { type: "dashboard", id: "student-progress" },
        { type: "chart", id: "9" },
      ],
      filters: [{ column: "subject", value_enc: "x" }],
      result: { rows: 41 },
    };
    expect(sentenceOf(JSON.stringify(payload), false)).toBe(
      "Teacher ▒7f3a of school 42 (north) saw chart 9 of student-progress: 41 rows, filtered by subject",
    );
  });

  it("says so when it failed, and keeps to the name of an event that it does not know", () => {
    expect(sentenceOf('{"name":"user.login","actor":{"type":"unknown"}}', true)).toBe("Somebody failed to sign in");
    expect(sentenceOf('{"name":"of.tomorrow"}', false)).toBe("of.tomorrow");
  });
});

describe("the folder that a log is published in", () => {
  it("never replaces what was written once, nor leaves its own folder", async () => {
    const store = new DirectoryObjectStore(mkdtempSync(join(tmpdir(), "homeroom-objects-")));
    await store.putOnce("a/b", Buffer.from("1"));
    await store.putOnce("a/b", Buffer.from("1"));
    await expect(store.putOnce("a/b", Buffer.from("2"))).rejects.toThrow(WrittenOnce);
    expect((await store.get("a/b"))?.toString()).toBe("1");
    expect(await store.get("a/c")).toBeUndefined();
    await expect(store.put("../out", Buffer.from("1"))).rejects.toThrow("is no key");
  });
});
