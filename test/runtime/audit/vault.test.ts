import { randomBytes } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type pg from "pg";
import { platform } from "../../../contract/index.ts";
import { FileKeyWrapper } from "../../../runtime/audit/vault/key-wrapper.ts";
import { Vault, vaultSql } from "../../../runtime/audit/vault/vault.ts";
import { type RealPostgres, startPostgres, superuser } from "../../support/real-postgres.ts";

const pat = { tenant: "north", kind: "guest", user_id: "4711" } as const;
let postgres: RealPostgres;
let client: pg.Client;
let vault: Vault;
let keyFile: string;

beforeAll(async () => {
  postgres = await startPostgres();
  client = await postgres.connect(superuser.username, superuser.password);
  await client.query(`create role ${platform.roles.auditVault}`);
  await client.query(vaultSql);
  await client.query(vaultSql);
  keyFile = join(mkdtempSync(join(tmpdir(), "homeroom-vault-")), "key");
  writeFileSync(keyFile, randomBytes(32).toString("base64"));
  vault = new Vault(client, new FileKeyWrapper(keyFile));
}, 60_000);
afterAll(() => postgres.stop());

describe("the vault", () => {
  it("gives a person one random pseudonym and key, and another person others", async () => {
    const subjects = await Promise.all([vault.subjectOf(pat), vault.subjectOf(pat)]);
    expect(subjects[0]).toEqual(subjects[1]);
    expect(subjects[0].pid).toMatch(/^[0-9a-f]{32}$/);
    for (const other of [
      { ...pat, tenant: "south" },
      { ...pat, user_id: "4712" },
      { ...pat, kind: "user" as const },
    ])
      expect((await vault.subjectOf(other)).pid).not.toBe(subjects[0].pid);
  });

  it("gives a person who was forgotten a pseudonym that nothing links to the first", async () => {
    const first = await vault.subjectOf({ ...pat, user_id: "gone" });
    await client.query("delete from subject where pid = $1", [first.pid]);
    const second = await vault.subjectOf({ ...pat, user_id: "gone" });
    expect(second.pid).not.toBe(first.pid);
    expect(second.key).not.toEqual(first.key);
  });

  it("takes up a provisional pseudonym as another name of the person", async () => {
    const provisional = { pid: "cd".repeat(16), key: randomBytes(32) };
    const own = await vault.adopt(pat, provisional);
    expect(own).toEqual(await vault.subjectOf(pat));
    expect((await vault.pseudonymsOf(pat)).sort()).toEqual([own.pid, provisional.pid].sort());
    expect(await vault.pseudonymsOf({ ...pat, user_id: "nobody" })).toEqual([]);
  });

  it("has one key a day for strangers", async () => {
    const stranger = { tenant: "", kind: "stranger", user_id: "root" } as const;
    const [monday, tuesday] = [new Date("2026-11-23T10:00:00Z"), new Date("2026-11-24T10:00:00Z")];
    const first = await vault.subjectOf(stranger, monday);
    expect(await vault.subjectOf({ ...stranger, user_id: "admin" }, monday)).toEqual(first);
    expect((await vault.subjectOf(stranger, tuesday)).key).not.toEqual(first.key);
  });

  it("tells nothing without its key", async () => {
    await vault.subjectOf({ ...pat, user_id: "4242424242" });
    const { rows } = await client.query<{ text: string }>(
      "select string_agg(s::text || encode(identity, 'escape'), '') as text from subject s",
    );
    expect(rows[0]?.text).not.toContain("4242424242");
    writeFileSync(`${keyFile}-other`, randomBytes(32).toString("base64"));
    const thief = new Vault(client, new FileKeyWrapper(`${keyFile}-other`));
    expect(await thief.pseudonymsOf({ ...pat, user_id: "4242424242" })).toEqual([]);
  });

  it("refuses a file that holds no key, without repeating it", () => {
    writeFileSync(`${keyFile}-bad`, "c2hvcnQ=");
    expect(() => new FileKeyWrapper(`${keyFile}-bad`)).toThrow("it must be 32 bytes in base64");
  });
});
