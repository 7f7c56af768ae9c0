import { readFileSync } from "node:fs";
import pg from "pg";
import { z } from "zod";

export const databaseSchema = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  database: z.string().min(1),
  /** File with `username` and `password` as JSON, read at each connection, because it rotates. */
  loginFile: z.string().startsWith("/"),
  /** PEM of the authority that signed the server's certificate. Without it the connection is not encrypted. */
  caFile: z.string().startsWith("/").optional(),
});

export type DatabaseConfig = z.output<typeof databaseSchema>;

const loginSchema = z.object({ username: z.string().min(1), password: z.string().min(1) });
const connectMs = 2_000;

/** One connection, used by one caller at a time and made anew after a failure. */
export class Connection {
  readonly #config: DatabaseConfig;
  readonly #statementMs: number;
  #client: pg.Client | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(config: DatabaseConfig, statementMs: number) {
    this.#config = config;
    this.#statementMs = statementMs;
  }

  /** Runs after the work that was asked for before. A failure closes the connection. */
  run<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    const result = this.#last.then(() => this.#attempt(work));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#client?.end().catch(() => undefined);
    this.#client = undefined;
  }

  async #attempt<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    this.#client ??= await this.#connect();
    const client = this.#client;
    try {
      return await work(client);
    } catch (error) {
      this.#client = undefined;
      void client.end().catch(() => undefined);
      throw error;
    }
  }

  async #connect(): Promise<pg.Client> {
    const { host, port, database, loginFile, caFile } = this.#config;
    const login = loginSchema.parse(JSON.parse(readFileSync(loginFile, "utf8")));
    const client = new pg.Client({
      host,
      port,
      database,
      user: login.username,
      password: login.password,
      ssl: caFile === undefined ? false : { ca: readFileSync(caFile, "utf8") },
      connectionTimeoutMillis: connectMs,
      query_timeout: this.#statementMs,
      keepAlive: true,
      application_name: "homeroom-audit",
    });
    client.on("error", () => {
      if (this.#client === client) this.#client = undefined;
    });
    await client.connect();
    return client;
  }
}
