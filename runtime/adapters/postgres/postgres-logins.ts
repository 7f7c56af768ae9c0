import pg from "pg";
import type { DatabaseUser } from "../../rotation/database-users/database-user.ts";
import type { Login, LoginDatabase } from "../../rotation/database-users/database-user-rotation.ts";
import { DatabaseUserError, prepareDatabaseUser, setPassword } from "./database-user-roles.ts";

export interface PostgresLoginsProps {
  readonly user: DatabaseUser;
  /** Address of the database and its TLS options. */
  readonly connection: Pick<pg.ClientConfig, "host" | "port" | "database" | "ssl">;
  /** Reads a login that may create roles; called only when a login is missing or cannot change its own password. */
  readonly administrator?: () => Promise<Login>;
}

/** SQLSTATE codes of a refused login: invalid_password, invalid_authorization_specification, insufficient_privilege. */
const refusalCodes = new Set(["28P01", "28000", "42501"]);
const timeoutMs = 10_000;

export class PostgresLogins implements LoginDatabase {
  readonly #props: PostgresLoginsProps;

  constructor(props: PostgresLoginsProps) {
    this.#props = props;
  }

  async accepts(login: Login): Promise<boolean> {
    try {
      return await this.#connectAs(login, async (client) => {
        const { rows } = await client.query<{ role: string }>("select current_user as role");
        return rows[0]?.role === this.#props.user.role;
      });
    } catch (error) {
      if (error instanceof pg.DatabaseError && refusalCodes.has(error.code ?? "")) return false;
      throw error;
    }
  }

  async setPassword(next: Login, known: { current: Login; previous: Login | undefined }): Promise<void> {
    const { user, administrator } = this.#props;
    if (known.previous?.username === next.username && (await this.accepts(known.previous))) {
      return this.#connectAs(known.previous, async (client) => {
        // A login may change its own password, but the session acts as the role of both logins.
        await client.query("set role none");
        await setPassword(client, user, next);
      });
    }
    if (administrator === undefined) {
      throw new DatabaseUserError(
        `${next.username}: its last password does not open the database, and no administrator's secret is given; ` +
          "name one, or make the login by hand",
      );
    }
    const currentOpens = await this.accepts(known.current);
    await this.#connectAs(await administrator(), async (client) => {
      await prepareDatabaseUser(client, user);
      await setPassword(client, user, next);
      // In a new database the login of the first secret does not exist yet, although pods have mounted that secret.
      if (!currentOpens) await setPassword(client, user, known.current);
    });
  }

  async #connectAs<T>({ username, password }: Login, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({
      ...this.#props.connection,
      user: username,
      password,
      application_name: "homeroom-rotation",
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs * 2,
    });
    client.on("error", () => undefined);
    try {
      await client.connect();
      return await work(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
