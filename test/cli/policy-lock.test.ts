import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { run } from "../../cli/program.ts";
import { asGuest, count, principal, SchoolsDatabase } from "../runtime/policy/database/schools-database.ts";
import { readClaimsKey } from "../../runtime/policy/database/claims-key.ts";
import { expecting } from "../support/expecting.ts";

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
    expecting("the key must never be shown", text).not.toContain(secret);
    return { code, text };
  }
  const at = (): string[] => ["--url", url, "--password-file", password, "--tls", "disable"];

  beforeAll(async () => {
    await database.start();
    url = `postgresql://schools_owner@127.0.0.1:${database.port}/schools`;
  });
  // The command reports by exit code; here it must not become the test run's own.
  afterEach(() => {
    process.exitCode = 0;
  });
  afterAll(async () => {
    await database.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("plans without changing, applies with progress, checks, and has nothing to do a second time", async () => {
    const planned = await homeroom("plan", ...at(), "--claims-key", key);
    expecting(planned.text, planned.code).toBe(0);
    expect(planned.text).toMatch(
      /create schema homeroom[^]*alter table "public"\."finances" enable row level security;/,
    );
    const unlocked = await homeroom("check", ...at(), "--claims-key", key);
    expect(unlocked.code).toBe(1);
    expect(unlocked.text).toMatch(
      /not locked as the policy says, \d+ problem\(s\):[^]*public\.finances: row security is off/,
    );
    const applied = await homeroom("apply", ...at(), "--claims-key", key);
    expecting(applied.text, applied.code).toBe(0);
    expect(applied.text).toMatch(/… public\.finances: row security is off[^]*\d+ change\(s\) made/);
    expect((await homeroom("plan", ...at(), "--claims-key", key)).text).toBe("nothing to change");
    expect((await homeroom("apply", ...at())).text).toBe("nothing to change");
    const locked = await homeroom("check", ...at(), "--claims-key", key);
    expecting(locked.text, [locked.code, /locked: every relation/.test(locked.text)]).toStrictEqual([0, true]);
    const reader = await database.connect("analytics_reader");
    const rows = await asGuest(reader, readClaimsKey(secret, "key"), principal, () => count(reader, "finances"));
    expect(rows).toBe(3);
  });

  it("ends with 1 and every problem when the lock was opened", async () => {
    const owner = await database.connect("schools_owner");
    await owner.query("alter table finances disable row level security");
    await owner.query("grant select on assessments_42 to analytics_reader");
    const { code, text } = await homeroom("check", ...at());
    expect(code).toBe(1);
    expect(text).toMatch(/finances: row security is off[^]*assessments_42: a partition/);
    expect((await homeroom("apply", ...at())).code).toBe(0);
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
      expecting(`${words.join(" ")}: ${text}`, code).toBe(1);
      expect(text).toMatch(message);
      expect(text).not.toContain("hunter2");
    }
  });

  it("reads the JSON of a login as well as a bare password", async () => {
    const login = file("login", JSON.stringify({ username: "schools_owner", password: "test" }));
    const { code, text } = await homeroom("check", "--url", url, "--password-file", login, "--tls", "disable");
    expecting(text, code).toBe(0);
  });
});
