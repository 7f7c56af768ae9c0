import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { decodeJwt } from "jose";
import { run } from "../../cli/program.ts";
import { DirectoryKeyStore } from "../../runtime/adapters/local/directory-key-store.ts";
import { generateSigningKey } from "../../runtime/tokens/keys/signing-key.ts";
import { expecting } from "../support/expecting.ts";

const folder = mkdtempSync(join(tmpdir(), "homeroom-cli-"));

async function homeroom(line: string): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(["node", "homeroom", ...line.split(" ")], {
    print: (text) => out.push(text),
    fail: (text) => err.push(text),
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

describe("homeroom command", () => {
  beforeAll(async () => {
    const activateAt = Math.floor(Date.now() / 1000) - 1;
    await new DirectoryKeyStore(folder).add([
      await generateSigningKey({ issuer: "https://north.school.localhost", tenants: ["north"], activateAt }),
    ]);
  });

  // The command reports by exit code; here it must not become the test run's own.
  afterEach(() => {
    process.exitCode = 0;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("explains itself", async () => {
    const { code, out } = await homeroom("--help");
    expect(code).toBe(0);
    expect(out).toMatch(/keys[^]*policy[^]*token/);
    expect((await homeroom("keys rotate --help")).out).toMatch(/--issuer/);
  });

  it("mints, lists, rotates and revokes", async () => {
    const mint = `token mint --dir ${folder} --tenant north --dashboard student-progress --role student --school 42 --student-id 42001`;
    const minted = await homeroom(mint);
    expecting(minted.err, minted.code).toBe(0);
    expect(decodeJwt(minted.out)["student_id"]).toBe(42_001);
    const kid = (await homeroom(`keys list --dir ${folder}`)).out.split("  ")[0] ?? "";
    expect((await homeroom(`keys rotate --dir ${folder}`)).out).toMatch(/signs from/);
    expect((await homeroom(`keys list --dir ${folder}`)).out).toMatch(/verifies until[^]*signs from/);
    expect((await homeroom(`keys revoke ${kid} --dir ${folder} --key-set-only`)).out).toMatch(
      /ended[^]*cannot sign now/,
    );
    const refused = await homeroom(mint);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/no active key/);
  });

  it("explains the rows of a role", async () => {
    const rows = await homeroom(
      "policy explain --role teacher --school 42 --dataset assessments --class-ids 4201,4203",
    );
    expect(rows.out).toBe("assessments: tenant = 'north' AND school_id = 42 AND class_id IN (4201, 4203)");
    expect(
      (await homeroom("policy explain --role principal --school 42 --claim school_id=43 --dataset finances")).out,
    ).toMatch(/school_id = 43$/);
    expect(
      (await homeroom("policy explain --role student --student-id 42001 --school 42 --dataset finances")).out,
    ).toMatch(/nothing; a student has no access/);
  });

  it("checks the compiled policy", async () => {
    expect((await homeroom("policy check")).out).toMatch(/^current: sha256:[0-9a-f]{64}$/);
  });

  it("says what is wrong and what would work", async () => {
    const cases: readonly (readonly [string, number, RegExp])[] = [
      ["policy explain --role teacher --school 42", 1, /depend on the claim class_ids: add --class-ids VALUE/],
      ["policy explain --role head_of_subject --school 42", 1, /add --subject-area VALUE/],
      ["policy explain --role student --school 42 --student-id 42x", 2, /whole number or a UUID/],
      [
        "policy explain --role principal --school 42 --chart x --state /nonexistent",
        1,
        /start it once with `npm start`/,
      ],
      ["policy explain --role principal --school 42 --filter Topic=Cells", 1, /--filter needs --chart/],
      ["policy explain --role principal --school 42 --chart x --filter Topic=", 2, /"Topic=" is not NAME=VALUE/],
      ["policy explain --role principal --school 42 --chart x --filter =Cells", 2, /"=Cells" is not NAME=VALUE/],
      [
        "policy explain --role admin --school 42",
        2,
        /Allowed choices are principal, head_of_subject, teacher, student/,
      ],
      ["policy explain --role principal --school 42 --claim campus=1", 2, /has no claim "campus" that rows can be/],
      ["policy explain --role principal --school 42x", 2, /whole number/],
      ["policy explain --role principal --school 42 --dataset salaries", 1, /datasets: assessments/],
      ["keys list --dir /nonexistent", 1, /give the folder with --dir/],
      ["keys list --secret-jwks jwks --region ap-southeast-2", 1, /needs --secret-keys as well/],
      [`keys list --dir ${folder} --secret-jwks jwks`, 1, /exclude each other/],
      [`keys revoke nothing --dir ${folder}`, 1, /no key has kid nothing; kids: /],
      ["keys frobnicate", 2, /unknown command/],
    ];
    for (const [line, code, message] of cases) {
      const answer = await homeroom(line);
      expecting(`${line}: ${answer.err}`, answer.code).toBe(code);
      expect(answer.err).toMatch(message);
    }
  });
});
