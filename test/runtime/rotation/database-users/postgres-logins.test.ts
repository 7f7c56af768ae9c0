import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, connect as dial, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type pg from "pg";
import { platform } from "../../../../contract/index.ts";
import { DirectorySecretVersions } from "../../../../runtime/adapters/local/directory-secret-versions.ts";
import { prepareDatabaseUser } from "../../../../runtime/adapters/postgres/database-user-roles.ts";
import { PostgresLogins, type PostgresLoginsProps } from "../../../../runtime/adapters/postgres/postgres-logins.ts";
import type { DatabaseUser } from "../../../../runtime/rotation/database-users/database-user.ts";
import {
  DatabaseUserRotation,
  type Login,
} from "../../../../runtime/rotation/database-users/database-user-rotation.ts";
import { parseLoginSecret } from "../../../../runtime/rotation/database-users/login-secret.ts";
import { type RealPostgres, startPostgres, superuser } from "../../../support/real-postgres.ts";
import { expecting } from "../../../support/expecting.ts";

const steps = ["create", "set", "test", "finish"] as const;

describe("logins in PostgreSQL", () => {
  let server: RealPostgres;
  let admin: pg.Client;
  let database: string;
  let folder: string;
  let metadata: DatabaseUser;
  let reader: DatabaseUser;

  beforeAll(async () => {
    server = await startPostgres(() => ({ log_statement: "all" }));
    admin = await server.connect(superuser.username, superuser.password);
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    folder = mkdtempSync(join(server.folder, "secrets-"));
    const mark = randomUUID().slice(0, 8);
    database = `d_${mark}`;
    metadata = { name: "metadata-user", role: `meta_${mark}`, database: "metadata", ownsSchema: true, readOnly: false };
    reader = { name: "reader-user", role: `reader_${mark}`, database: "schools", ownsSchema: false, readOnly: true };
    await admin.query(`create database ${database}`);
    await admin.query(`revoke all on database ${database} from public`);
  });

  const versions = (): DirectorySecretVersions =>
    new DirectorySecretVersions({ file: (secret) => join(folder, secret), history: join(folder, "history") });
  const current = (user: DatabaseUser): Login =>
    parseLoginSecret(readFileSync(join(folder, user.name), "utf8"), "file");
  const logins = (user: DatabaseUser, props: Partial<PostgresLoginsProps> = {}): PostgresLogins =>
    new PostgresLogins({
      user,
      connection: { host: "127.0.0.1", port: server.port, database, ssl: false },
      administrator: () => Promise.resolve(superuser),
      ...props,
    });
  const rotation = (user: DatabaseUser, store = logins(user)): DatabaseUserRotation =>
    new DatabaseUserRotation({ versions: versions(), secret: user.name, user, database: store });
  const rotate = async (user: DatabaseUser, request: string, store = logins(user)): Promise<void> => {
    for (const step of steps) await rotation(user, store)[step](request);
  };
  const start = (user: DatabaseUser): void =>
    writeFileSync(
      join(folder, user.name),
      JSON.stringify({ username: `${user.role}_a`, password: "first-password-of-this-user" }),
    );
  const open = async (login: Login): Promise<pg.Client> => server.connect(login.username, login.password, database);
  const one = async (client: pg.Client, sql: string): Promise<unknown> =>
    Object.values((await client.query<Record<string, unknown>>(sql)).rows[0] ?? {})[0];

  it("are made in a new database: the mounted secret and the next one both open it as the role", async () => {
    start(metadata);
    const mounted = current(metadata);
    await rotate(metadata, "one");
    for (const login of [mounted, current(metadata)]) {
      const client = await open(login);
      expect(await one(client, "select current_user")).toBe(metadata.role);
      expect(await one(client, "select session_user")).toBe(login.username);
    }
    expect(await one(admin, `select rolcanlogin from pg_roles where rolname = '${metadata.role}'`)).toBe(false);
  });

  it("share what the role owns, whichever of them made it", async () => {
    start(metadata);
    await rotate(metadata, "one");
    await (await open(current(metadata))).query("create table t as select 7 as n");
    await rotate(metadata, "two");
    const next = await open(current(metadata));
    expect(await one(next, "select tableowner from pg_tables where tablename = 't'")).toBe(metadata.role);
    await next.query("alter table t add column m int");
    expect(await one(next, "select n from t")).toBe(7);
  });

  it("keep role and settings over `reset all` and `discard all`, and see nothing without the role", async () => {
    start(reader);
    await rotate(reader, "one");
    const owner = await server.connect(superuser.username, superuser.password, database);
    await owner.query("create schema s; create table s.t as select 7 as n");
    await owner.query(`grant usage on schema s to ${reader.role}; grant select on s.t to ${reader.role}`);
    const client = await open(current(reader));
    for (const sql of ["select 1", "reset all", "discard all", "reset role", "set role none; reset role"]) {
      await client.query(sql);
      expecting(sql, await one(client, "select current_user")).toBe(reader.role);
      expecting(sql, await one(client, "select n from s.t")).toBe(7);
      expecting(sql, await one(client, "show default_transaction_read_only")).toBe("on");
      expecting(
        sql,
        await one(client, "select extract(epoch from current_setting('statement_timeout')::interval) * 1000"),
      ).toBe(`${platform.timeouts.queryMs}.000000`);
    }
    await client.query("set role none");
    await expect(client.query("select n from s.t")).rejects.toThrow(/permission denied for schema s/);
    await expect(client.query("set role pg_read_all_data")).rejects.toThrow(/permission denied to set role/);
    await expect(client.query("set session authorization postgres")).rejects.toThrow(/permission denied/);
  });

  it("change their own password once both exist; the administrator is asked at first alone", async () => {
    start(metadata);
    await rotate(metadata, "one");
    await rotate(metadata, "two");
    const alone = new PostgresLogins({
      user: metadata,
      connection: { host: "127.0.0.1", port: server.port, database, ssl: false },
    });
    for (const request of ["three", "four"]) {
      await rotate(metadata, request, alone);
      await open(current(metadata));
    }
    start(reader);
    const readersAlone = new PostgresLogins({
      user: reader,
      connection: { host: "127.0.0.1", port: server.port, database, ssl: false },
    });
    await expect(rotate(reader, "one", readersAlone)).rejects.toThrow(/no administrator's secret is given/);
  });

  it("also change it where every session is read only", async () => {
    start(reader);
    await rotate(reader, "one");
    await rotate(reader, "two");
    await rotate(reader, "three", logins(reader, { administrator: () => Promise.reject(new Error("not needed")) }));
    await open(current(reader));
  });

  it("are made by an administrator who is no superuser, as on RDS", async () => {
    await admin.query("create role dba login createrole password 'dba-password-of-this-test'");
    await admin.query(`alter database ${database} owner to dba`);
    const dba = { username: "dba", password: "dba-password-of-this-test" };
    start(metadata);
    const store = logins(metadata, { administrator: () => Promise.resolve(dba) });
    await rotate(metadata, "one", store);
    await (await open(current(metadata))).query("create table t ()");
    await rotation(metadata, store).create("two");
    await prepareDatabaseUser(await server.connect(dba.username, dba.password, database), metadata);
    await rotate(metadata, "two", store);
    await open(current(metadata));
  });

  it("are refused when they may do more than become the role", async () => {
    const client = await server.connect(superuser.username, superuser.password, database);
    await prepareDatabaseUser(client, metadata);
    await client.query(`grant pg_read_all_data to ${metadata.role}_b`);
    await expect(prepareDatabaseUser(client, metadata)).rejects.toThrow(/_b is a member of pg_read_all_data/);
    await client.query(`revoke pg_read_all_data from ${metadata.role}_b; alter role ${metadata.role}_a bypassrls`);
    await expect(prepareDatabaseUser(client, metadata)).rejects.toThrow(/_a is superuser, or may/);
  });

  it("never show a password to the server or its log", async () => {
    start(metadata);
    const passwords = [current(metadata).password];
    for (const request of ["one", "two", "three"]) {
      await rotate(metadata, request);
      passwords.push(current(metadata).password);
    }
    expect(server.log()).toMatch(/alter role "meta_[^"]*_b" password 'SCRAM-SHA-256\$/);
    for (const password of passwords) expect(server.log()).not.toContain(password);
  });

  it("are set once by two runs at the same time", async () => {
    start(metadata);
    for (const request of ["one", "two", "three", "four"]) {
      await Promise.all([rotate(metadata, request), rotate(metadata, request)]);
      await open(current(metadata));
    }
  });

  it("are whole after a rotation that lost its connection at any message", async () => {
    start(metadata);
    await rotate(metadata, "zero");
    let cut = 0;
    for (let whole = false; !whole; cut += 1) {
      const request = `cut-${cut}`;
      const proxy = await startCutter(server.port, cut);
      // Without its password the login cannot change itself: the administrator's way has the most messages.
      if (cut % 2 === 0) await admin.query(`alter role ${other(current(metadata))} password null`);
      const store = logins(metadata, { connection: { host: "127.0.0.1", port: proxy.port, database, ssl: false } });
      whole = await rotate(metadata, request, store).then(
        () => !proxy.hasCut(),
        () => false,
      );
      proxy.close();
      await (await open(current(metadata))).query("select 1");
      await rotate(metadata, request);
      await (await open(current(metadata))).query("select 1");
    }
    expecting(`${cut} messages`, cut).toBeGreaterThan(20);
  });

  const other = ({ username }: Login): string => username.replace(/_[ab]$/, (end) => (end === "_a" ? "_b" : "_a"));
});

/** A proxy that ends every connection at the client's nth message. */
async function startCutter(port: number, after: number): Promise<{ port: number; hasCut(): boolean; close(): void }> {
  let messages = 0;
  let cut = false;
  const server: Server = createServer((client) => {
    const upstream = dial(port, "127.0.0.1");
    client.on("data", (chunk) => {
      messages += 1;
      if (messages <= after) return void upstream.write(chunk);
      cut = true;
      client.destroy();
      upstream.destroy();
    });
    upstream.on("data", (chunk) => void client.write(chunk));
    for (const [socket, peer] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on("error", () => undefined);
      socket.on("close", () => peer.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error(`the proxy listens on ${String(address)}`);
  return { port: address.port, hasCut: () => cut, close: () => void server.close() };
}
