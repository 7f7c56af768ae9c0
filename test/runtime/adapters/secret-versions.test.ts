import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { SecretsManagerVersions } from "../../../runtime/adapters/aws/secrets-manager-versions.ts";
import { DirectorySecretVersions } from "../../../runtime/adapters/local/directory-secret-versions.ts";
import { type SecretVersions, VersionConflict } from "../../../runtime/rotation/secret-versions.ts";
import { SecretsManagerFake } from "../tokens/keys/secrets-manager-fake.ts";
import { present } from "../../support/narrowing.ts";

const folder = mkdtempSync(join(tmpdir(), "homeroom-versions-"));
let made = 0;

function directory(): { store: DirectorySecretVersions; path: string } {
  const path = join(folder, String(made++));
  mkdirSync(path);
  writeFileSync(join(path, "s"), "first");
  return { path, store: new DirectorySecretVersions({ file: (secret) => join(path, secret), history: `${path}/h` }) };
}

function aws(): SecretVersions {
  const fake = new SecretsManagerFake();
  fake.create("s", "first");
  return new SecretsManagerVersions(fake.client);
}

const id = (name: string): string => name.padEnd(36, "0");
const currentId = async (store: SecretVersions): Promise<string> =>
  (await store.read("s", { stage: "AWSCURRENT" }))?.id ?? "";

for (const [name, make] of [
  ["Secrets Manager", aws],
  ["a folder", () => directory().store],
] as const) {
  describe(`versions of a secret in ${name}`, () => {
    it("begin with AWSCURRENT alone", async () => {
      const store = make();
      const current = await store.read("s", { stage: "AWSCURRENT" });
      present(current);
      expect(current.text).toBe("first");
      expect([...(await store.stages("s"))]).toStrictEqual([[current.id, ["AWSCURRENT"]]]);
      expect(await store.read("s", { stage: "AWSPENDING" })).toBeUndefined();
      expect(await store.read("s", { id: id("unknown") })).toBeUndefined();
    });

    it("take a text once under an id, and refuse another one", async () => {
      const store = make();
      await store.put("s", { id: id("a"), text: "second" }, "AWSPENDING");
      await store.put("s", { id: id("a"), text: "second" }, "AWSPENDING");
      await expect(store.put("s", { id: id("a"), text: "third" }, "AWSPENDING")).rejects.toThrow(VersionConflict);
      expect((await store.read("s", { stage: "AWSPENDING" }))?.text).toBe("second");
      expect((await store.read("s", { stage: "AWSCURRENT" }))?.text).toBe("first");
    });

    it("hold a stage at one version alone", async () => {
      const store = make();
      await store.put("s", { id: id("a"), text: "second" }, "AWSPENDING");
      await store.put("s", { id: id("b"), text: "third" }, "AWSPENDING");
      expect((await store.read("s", { stage: "AWSPENDING" }))?.id).toBe(id("b"));
    });

    it("take a stage from the version that has it, and from no other", async () => {
      const store = make();
      await store.put("s", { id: id("a"), text: "second" }, "AWSPENDING");
      await store.withdraw("s", { stage: "AWSPENDING", from: id("elsewhere") });
      expect((await store.read("s", { stage: "AWSPENDING" }))?.id).toBe(id("a"));
      for (let time = 1; time <= 2; time += 1) await store.withdraw("s", { stage: "AWSPENDING", from: id("a") });
      expect(await store.read("s", { stage: "AWSPENDING" })).toBeUndefined();
      await store.put("s", { id: id("b"), text: "third" }, "AWSPENDING");
      expect((await store.read("s", { stage: "AWSPENDING" }))?.id).toBe(id("b"));
    });

    it("move AWSCURRENT from where it is said to be, and leave AWSPREVIOUS behind", async () => {
      const store = make();
      const first = await currentId(store);
      for (const [next, text] of [
        [id("a"), "second"],
        [id("b"), "third"],
      ] as const) {
        const from = await currentId(store);
        await store.put("s", { id: next, text }, "AWSPENDING");
        await expect(store.makeCurrent("s", { to: next, from: id("elsewhere") })).rejects.toThrow(VersionConflict);
        await store.makeCurrent("s", { to: next, from });
        expect((await store.read("s", { stage: "AWSPREVIOUS" }))?.id).toBe(from);
      }
      expect((await store.read("s", { stage: "AWSCURRENT" }))?.text).toBe("third");
      expect(await currentId(store)).not.toBe(first);
    });

    it("let one of two movers win", async () => {
      const store = make();
      const from = await currentId(store);
      await store.put("s", { id: id("a"), text: "second" }, "NEXT_A");
      await store.put("s", { id: id("b"), text: "third" }, "NEXT_B");
      const moves = await Promise.allSettled(["a", "b"].map((to) => store.makeCurrent("s", { to: id(to), from })));
      expect(moves.map(({ status }) => status).sort()).toStrictEqual(["fulfilled", "rejected"]);
    });
  });
}

describe("a folder of secrets", () => {
  it("holds AWSCURRENT in the file that programs read, for its owner's eyes only", async () => {
    const { store, path } = directory();
    await store.put("s", { id: id("a"), text: "second" }, "AWSPENDING");
    expect(readFileSync(join(path, "s"), "utf8")).toBe("first");
    await store.makeCurrent("s", { to: id("a"), from: await currentId(store) });
    expect(readFileSync(join(path, "s"), "utf8")).toBe("second");
    expect(statSync(join(path, "s")).mode & 0o777).toBe(0o600);
    for (const name of readdirSync(`${path}/h`)) expect(statSync(`${path}/h/${name}`).mode & 0o777).toBe(0o600);
  });

  it("brings that file up to date after a run that was killed before it wrote it", async () => {
    const { store, path } = directory();
    await store.put("s", { id: id("a"), text: "second" }, "AWSPENDING");
    await store.makeCurrent("s", { to: id("a"), from: await currentId(store) });
    writeFileSync(join(path, "s"), "first");
    await store.stages("s");
    expect(readFileSync(join(path, "s"), "utf8")).toBe("second");
  });

  it("forgets what no stage names, and every generation but the last", async () => {
    const { store, path } = directory();
    for (const next of ["a", "b", "c"]) {
      await store.put("s", { id: id(next), text: `text of ${next}` }, "AWSPENDING");
      await store.makeCurrent("s", { to: id(next), from: await currentId(store) });
    }
    const names = readdirSync(`${path}/h`);
    expect(names).toHaveLength(1);
    expect(readFileSync(`${path}/h/${names[0]}`, "utf8")).not.toMatch(/text of a|first/);
  });

  it("loses no version to ten writers at once", async () => {
    const { store } = directory();
    const names = Array.from({ length: 10 }, (_, number) => `w${number}`);
    await Promise.all(names.map((name) => store.put("s", { id: id(name), text: name }, `STAGE_${name}`)));
    expect((await store.stages("s")).size).toBe(11);
  });
});
