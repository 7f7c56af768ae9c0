import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { run } from "../../cli/program.ts";
import { asGuest, count, principal, SchoolsDatabase } from "../runtime/policy/database/schools-database.ts";
import { readClaimsKey } from "../../runtime/policy/database/claims-key.ts";

describe("homeroom policy plan | apply | check", () => {
  const database = new SchoolsDatabase();
  const folder = mkdtempSync(join(tmpdir(), "homeroom-lock-"));
  const secret = randomBytes(48).toString("base64");
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const password = file("password", "test\n");
  const key = file("claims-key", `${secret}\n`);
  let url: string;

  async function homeroom(...words: readonly string[]): Promise<{ code: number; text: string }> {
    const lines: string[] = [];
    const code = await run(["node", "homeroom", "policy", ...words], {
      print: (line) => lines.push(line),
      fail: (line) => lines.push(line),
    });
    const text = lines.join("\n");
    assert.ok(!text.includes(secret), "the key must never be shown");
    return { code, text };
  }
  const at = (): string[] => ["--url", url, "--password-file", password, "--tls", "disable"];

  before(async () => {
    await database.start();
    url = `postgresql://schools_owner@127.0.0.1:${database.port}/schools`;
  });
  // The command reports by exit code; here it must not become the test run's own.
  afterEach(() => {
    process.exitCode = 0;
  });
  after(async () => {
    await database.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("plans without changing, applies with progress, checks, and has nothing to do a second time", async () => {
    const planned = await homeroom("plan", ...at(), "--claims-key", key);
    assert.equal(planned.code, 0, planned.text);
    assert.match(planned.text, /create schema homeroom[^]*alter table "public"\."finances" enable row level security;/);
    const unlocked = await homeroom("check", ...at(), "--claims-key", key);
    assert.equal(unlocked.code, 1);
    assert.match(
      unlocked.text,
      /not locked as the policy says, \d+ problem\(s\):[^]*public\.finances: row security is off/,
    );
    const applied = await homeroom("apply", ...at(), "--claims-key", key);
    assert.equal(applied.code, 0, applied.text);
    assert.match(applied.text, /… public\.finances: row security is off[^]*\d+ change\(s\) made/);
    assert.equal((await homeroom("plan", ...at(), "--claims-key", key)).text, "nothing to change");
    assert.equal((await homeroom("apply", ...at())).text, "nothing to change");
    const locked = await homeroom("check", ...at(), "--claims-key", key);
    assert.deepEqual([locked.code, /locked: every relation/.test(locked.text)], [0, true], locked.text);
    const reader = await database.connect("analytics_reader");
    const rows = await asGuest(reader, readClaimsKey(secret, "key"), principal, () => count(reader, "finances"));
    assert.equal(rows, 3);
  });

  it("ends with 1 and every problem when the lock was opened", async () => {
    const owner = await database.connect("schools_owner");
    await owner.query("alter table finances disable row level security");
    await owner.query("grant select on assessments_42 to analytics_reader");
    const { code, text } = await homeroom("check", ...at());
    assert.equal(code, 1);
    assert.match(text, /finances: row security is off[^]*assessments_42: a partition/);
    assert.equal((await homeroom("apply", ...at())).code, 0);
  });

  it("says what is wrong with the connection, and repeats no secret", async () => {
    const wrong = file("wrong", "hunter2-hunter2");
    for (const [words, message] of [
      [["plan"], /name the database: --url postgresql:/],
      [["plan", "--url", "schools"], /not of the form/],
      [["plan", "--url", "postgresql://u@127.0.0.1/d?sslmode=disable"], /has parameters/],
      [
        ["plan", "--url", url.replace("schools_owner@", "schools_owner:hunter2-hunter2@")],
        /carries a password.*--password-file/,
      ],
      [
        ["plan", "--url", url, "--password-file", "/nonexistent", "--tls", "disable"],
        /--password-file \/nonexistent cannot be read \(ENOENT\)/,
      ],
      [
        ["plan", "--url", url, "--password-file", wrong, "--tls", "disable"],
        /cannot connect to schools_owner@127\.0\.0\.1:\d+\/schools: password authentication failed/,
      ],
      [["plan", "--url", url, "--password-file", password], /does not support SSL.*--tls disable/],
      [
        ["plan", "--url", "postgresql://u@127.0.0.1:1/d", "--tls", "disable"],
        /cannot connect to u@127\.0\.0\.1:1\/d: .*ECONNREFUSED/,
      ],
      [["plan", ...at().map((word) => word.replace(/schools$/, "none"))], /database "none" does not exist/],
      [
        ["plan", ...at().map((word) => word.replace("schools_owner", "analytics_reader"))],
        /connected as analytics_reader; connect as schools_owner/,
      ],
      [["apply", ...at(), "--claims-key", wrong], /wrong: a claims key is one line of at least 32/],
    ] as const) {
      const { code, text } = await homeroom(...words);
      assert.equal(code, 1, `${words.join(" ")}: ${text}`);
      assert.match(text, message);
      assert.ok(!text.includes("hunter2"), text);
    }
  });

  it("reads the JSON of a login as well as a bare password", async () => {
    const login = file("login", JSON.stringify({ username: "schools_owner", password: "test" }));
    const { code, text } = await homeroom("check", "--url", url, "--password-file", login, "--tls", "disable");
    assert.equal(code, 0, text);
  });
});
