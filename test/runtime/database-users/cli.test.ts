import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { run } from "../../../cli/program.ts";
import { platform } from "../../../contract/index.ts";
import { databaseUsers, loginsOf } from "../../../runtime/database-users/database-user.ts";
import { type RealPostgres, startPostgres, superuser } from "../real-postgres.ts";

describe("homeroom database-users", () => {
  const state = mkdtempSync(join(tmpdir(), "homeroom-state-"));
  let server: RealPostgres;
  let port: string[];

  before(async () => {
    server = await startPostgres();
    port = ["--state", state, "--port", String(server.port)];
    const admin = await server.connect(superuser.username, superuser.password);
    for (const name of Object.values(platform.databases)) await admin.query(`create database ${name}`);
    for (const folder of ["secrets", "owner-secrets"]) mkdirSync(join(state, folder));
    writeFileSync(join(state, "owner-secrets", "postgres-superuser"), superuser.password);
    for (const user of databaseUsers) {
      const folder = user.name.startsWith("audit") ? "owner-secrets" : "secrets";
      const text = JSON.stringify({ username: loginsOf(user)[0], password: `first-password-of-${user.name}` });
      writeFileSync(join(state, folder, user.name), text);
    }
  });
  after(() => server.stop());

  async function homeroom(...argv: string[]): Promise<{ code: number; printed: string[]; failed: string[] }> {
    const [printed, failed]: string[][] = [[], []];
    const code = await run(["node", "homeroom", "database-users", ...argv], {
      print: (line) => printed?.push(line),
      fail: (line) => failed?.push(line),
    });
    process.exitCode = 0;
    return { code, printed: printed ?? [], failed: failed ?? [] };
  }

  for (const user of databaseUsers) {
    it(`rotates ${user.name} and the database takes its new login`, async () => {
      const { code, printed } = await homeroom("rotate", user.name, ...port);
      assert.deepEqual({ code, printed }, { code: 0, printed: [`${user.name}  ${loginsOf(user)[1]} is in use`] });
      const folder = user.name.startsWith("audit") ? "owner-secrets" : "secrets";
      const { username, password } = JSON.parse(readFileSync(join(state, folder, user.name), "utf8")) as Record<
        "username" | "password",
        string
      >;
      const client = await server.connect(username, password, platform.databases[user.database]);
      assert.equal((await client.query<{ role: string }>("select current_user as role")).rows[0]?.role, user.role);
    });
  }

  it("lists the logins and prints no password", async () => {
    const { code, printed } = await homeroom("list", "--state", state);
    assert.equal(code, 0);
    assert.equal(printed.length, databaseUsers.length);
    assert.match(printed[0] ?? "", /^metadata-user {2}superset_metadata_b, a login of superset_metadata/);
  });

  it("says what it knows when the name or the folder is wrong", async () => {
    const wrongName = await homeroom("rotate", "postgres", ...port);
    assert.equal(wrongName.code, 1);
    assert.match(wrongName.failed.join(), /users: metadata-user, audit-writer-user/);
    const wrongFolder = await homeroom("list", "--state", "/nowhere");
    assert.equal(wrongFolder.code, 1);
    assert.match(wrongFolder.failed.join(), /give the folder with --state/);
  });
});
