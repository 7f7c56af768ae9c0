import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { run } from "../../cli/program.ts";
import { RedisTrustStore } from "../../runtime/adapters/redis/redis-trust-store.ts";
import { DirectoryKeyStore } from "../../runtime/adapters/local/directory-key-store.ts";
import { ensureLocalKeys } from "../../runtime/tokens/server/local-setup.ts";
import { fieldOf } from "../../runtime/tokens/revocation/revocation.ts";
import { TestRedis } from "../support/redis.ts";
import { expecting } from "../support/expecting.ts";

const folder = mkdtempSync(join(tmpdir(), "homeroom-revoke-"));
const keysFolder = join(folder, "keys");
const redis = new TestRedis();
let config = "";

async function homeroom(line: string): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(["node", "homeroom", ...line.split(" ")], {
    print: (text) => out.push(text),
    fail: (text) => err.push(text),
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

async function fields(): Promise<string[]> {
  const store = new RedisTrustStore({ url: redis.url, passwordFile: redis.passwordFile });
  await store.open();
  try {
    return (await store.list()).entries.map(({ revocation }) => fieldOf(revocation)).toSorted();
  } finally {
    store.close();
  }
}

describe("homeroom revoke", () => {
  beforeAll(async () => {
    await redis.start();
    const files = await ensureLocalKeys(folder, {
      issuers: [{ tenant: "north", issuer: "https://north.school.localhost" }],
      audience: "homeroom",
      tokensPort: 18_090,
      portalPort: 18_091,
      trustStore: { url: redis.url, passwordFile: redis.passwordFile },
      embedOrigins: { https: ["https://analytics1.homeroom.localhost:8443"], http: [] },
    });
    config = files.tokensConfig;
  });

  afterEach(() => {
    process.exitCode = 0;
  });
  afterAll(async () => {
    await redis.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it("explains itself", async () => {
    expect((await homeroom("revoke --help")).out).toMatch(
      /within 5 s[^]*jti[^]*user[^]*school[^]*tenant[^]*kid[^]*list[^]*lift/,
    );
    expect((await homeroom("revoke school --help")).out).toMatch(/<tenant> <school_id>[^]*--config/);
  });

  it("writes each kind, lists it and lifts it", async () => {
    expect((await homeroom(`revoke list --config ${config}`)).out).toMatch(/no verifier[^]*nothing is revoked/);
    const targets = ["jti 0123456789abcdef0123", "user north 7", "school north 42", "tenant south", "kid north-key-1"];
    for (const target of targets) {
      const { code, out, err } = await homeroom(`revoke ${target} --config ${config}`);
      expecting(err, code).toBe(0);
      expect(out).toMatch(new RegExp(`^${target.replaceAll(" ", ":")}  revoked .*effective by \\d{4}-`));
    }
    const written = targets.map((target) => target.replaceAll(" ", ":")).toSorted();
    expect(await fields()).toStrictEqual(written);
    const { out } = await homeroom(`revoke list --config ${config}`);
    for (const field of written) expect(out).toContain(`${field}  since `);
    for (const target of targets) {
      expect((await homeroom(`revoke lift ${target} --config ${config}`)).out).toMatch(/lifted/);
    }
    expect(await fields()).toStrictEqual([]);
    const again = await homeroom(`revoke lift school north 42 --config ${config}`);
    expect(again.code).toBe(1);
    expect(again.err).toMatch(/school:north:42 is not revoked; homeroom revoke list/);
  });

  it("takes a revoked key to the trust store and to the key set", async () => {
    const kid = (await new DirectoryKeyStore(keysFolder).read()).keys[0]?.kid ?? "";
    const { code, out, err } = await homeroom(`keys revoke ${kid} --dir ${keysFolder} --config ${config}`);
    expecting(err, code).toBe(0);
    expect(out).toMatch(/ended/);
    expect(await fields()).toStrictEqual([`kid:${kid}`]);
    expect((await new DirectoryKeyStore(keysFolder).read()).keys.filter(({ retire_at }) => retire_at === null)).toEqual(
      [],
    );
  });

  it("says what is wrong and what would work", async () => {
    const elsewhere = join(folder, "elsewhere.json");
    writeFileSync(elsewhere, "{}");
    const cases: readonly (readonly [string, number, RegExp])[] = [
      [`revoke user North 7 --config ${config}`, 1, /tenant is "North"; give 1 to 32 of a-z/],
      [`revoke school north 0 --config ${config}`, 1, /school_id is "0"; give a whole number from 1/],
      [`revoke school north abc --config ${config}`, 2, /whole number/],
      [`revoke jti x --config ${config}`, 1, /jti is "x"; give 8 to 128/],
      ["revoke school north", 2, /missing required argument 'school_id'/],
      ["revoke tenant north --config /nonexistent.json", 1, /--config \/nonexistent\.json: .*no such file/],
      [`revoke tenant north --config ${elsewhere}`, 1, /trustStore/],
      ["revoke class north 7", 2, /unknown command/],
    ];
    for (const [line, code, message] of cases) {
      const answer = await homeroom(line);
      expecting(`${line}: ${answer.err}`, answer.code).toBe(code);
      expecting(line, answer.err).toMatch(message);
    }
  });

  it("fails clearly and changes no key when the trust store does not answer", async () => {
    await redis.stop();
    const before = await new DirectoryKeyStore(keysFolder).read();
    for (const line of ["revoke tenant north", `keys revoke ${before.keys[0]?.kid} --dir ${keysFolder}`]) {
      const { code, err } = await homeroom(`${line} --config ${config}`);
      expect(code).toBe(1);
      expect(err).toMatch(/trust store cannot be read/);
    }
    expect(await new DirectoryKeyStore(keysFolder).read()).toStrictEqual(before);
    await redis.start();
  });
});
