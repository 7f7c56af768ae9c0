import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type pg from "pg";
import { run } from "../../cli/program.ts";
import { loginsOf, platform } from "../../contract/index.ts";
import { type DatabaseUser, databaseUsers, readerOf } from "../../runtime/rotation/database-users/database-user.ts";
import { parseLoginSecret } from "../../runtime/rotation/database-users/login-secret.ts";
import { type RealPostgres, startPostgres, superuser } from "../support/real-postgres.ts";
import { fail } from "../support/narrowing.ts";

describe("homeroom database-users", () => {
  const state = mkdtempSync(join(tmpdir(), "homeroom-state-"));
  let server: RealPostgres;
  let port: string[];
  let admin: pg.Client;
  const users = [...databaseUsers, readerOf("east")];
  const folderOf = ({ name }: DatabaseUser): string => (name.startsWith("audit") ? "owner-secrets" : "secrets");
  const databaseOf = ({ tenant, database }: DatabaseUser): string =>
    tenant === undefined ? platform.databases[database] : "homeroom_east";

  beforeAll(async () => {
    server = await startPostgres();
    port = ["--state", state, "--port", String(server.port)];
    admin = await server.connect(superuser.username, superuser.password);
    for (const name of [...Object.values(platform.databases), "homeroom_east"])
      await admin.query(`create database ${name}`);
    for (const folder of ["secrets", "owner-secrets"]) mkdirSync(join(state, folder));
    writeFileSync(join(state, "owner-secrets", "postgres-superuser"), superuser.password);
    for (const user of users) {
      const login = { username: loginsOf(user)[0], password: `first-password-of-${user.name}` };
      const text = JSON.stringify({ ...login, ...(user.tenant === undefined ? {} : { dbname: "homeroom_east" }) });
      writeFileSync(join(state, folderOf(user), user.name), text);
    }
  });
  afterAll(() => server.stop());

  async function homeroom(...argv: string[]): Promise<{ code: number; printed: string[]; failed: string[] }> {
    const [printed, failed]: string[][] = [[], []];
    const code = await run(["node", "homeroom", "database-users", ...argv], {
      print: (line) => printed?.push(line),
      fail: (line) => failed?.push(line),
    });
    process.exitCode = 0;
    return { code, printed: printed ?? [], failed: failed ?? [] };
  }

  for (const user of users) {
    it(`rotates ${user.name} and the database takes its new login`, async () => {
      const { code, printed } = await homeroom("rotate", user.name, ...port);
      expect({ code, printed }).toStrictEqual({ code: 0, printed: [`${user.name}  ${loginsOf(user)[1]} is in use`] });
      const file = join(state, folderOf(user), user.name);
      const { username, password } = parseLoginSecret(readFileSync(file, "utf8"), file);
      const client = await server.connect(username, password, databaseOf(user));
      expect((await client.query<{ role: string }>("select current_user as role")).rows[0]?.role).toBe(user.role);
    });
  }

  it("lists the logins and prints no password", async () => {
    const { code, printed } = await homeroom("list", "--state", state);
    expect(code).toBe(0);
    expect(printed).toHaveLength(users.length);
    expect(printed[0] ?? "").toMatch(/^metadata-user {2}superset_metadata_b, a login of superset_metadata/);
    expect(printed.at(-1)).toBe(
      "analytics-reader-user.east  analytics_reader_east_b, a login of analytics_reader in homeroom_east",
    );
  });

  it("gives a tenant's reader no way into the shared database, nor the shared reader one into the tenant's", async () => {
    const shared = databaseUsers.find(({ name }) => name === "analytics-reader-user") ?? fail("not reached");
    for (const [user, database] of [
      [readerOf("east"), platform.databases.schools],
      [shared, "homeroom_east"],
    ] as const) {
      await admin.query(`revoke all on database ${database} from public`);
      const file = join(state, folderOf(user), user.name);
      const { username, password } = parseLoginSecret(readFileSync(file, "utf8"), file);
      await expect(server.connect(username, password, database)).rejects.toThrow(/permission denied for database/);
    }
  });

  it("says what it knows when the name or the folder is wrong", async () => {
    const wrongName = await homeroom("rotate", "postgres", ...port);
    expect(wrongName.code).toBe(1);
    expect(wrongName.failed.join()).toMatch(/users: metadata-user, audit-writer-user.*, analytics-reader-user\.east/);
    expect((await homeroom("rotate", "metadata-user.east", ...port)).code).toBe(1);
    const wrongFolder = await homeroom("list", "--state", "/nowhere");
    expect(wrongFolder.code).toBe(1);
    expect(wrongFolder.failed.join()).toMatch(/give the folder with --state/);
  });
});
