import pg from "pg";
import type { DatabaseUser } from "../../rotation/database-users/database-user.ts";
import type { Login, LoginDatabase } from "../../rotation/database-users/database-user-rotation.ts";
import { DatabaseUserError, prepareDatabaseUser, setPassword } from "./database-user-roles.ts";

export interface PostgresLoginsProps {
  readonly user: DatabaseUser;
  /** Where the database is and how to speak to it; TLS is decided here. */
  readonly place: Pick<pg.ClientConfig, "host" | "port" | "database" | "ssl">;
  /** Who may make roles; asked for only when a login cannot change its own password. */
  readonly administrator?: () => Promise<Login>;
}

/** invalid_password, invalid_authorization_specification, insufficient_privilege (no CONNECT). */
const refusals = new Set(["28P01", "28000", "42501"]);
const timeoutMs = 10_000;

export class PostgresLogins implements LoginDatabase {
  readonly #props: PostgresLoginsProps;

  constructor(props: PostgresLoginsProps) {
    this.#props = props;
  }

  async opens(login: Login): Promise<boolean> {
    try {
      return await this.#as(login, async (client) => {
        const { rows } = await client.query<{ role: string }>("select current_user as role");
        return rows[0]?.role === this.#props.user.role;
      });
    } catch (error) {
      if (error instanceof pg.DatabaseError && refusals.has(error.code ?? "")) return false;
      throw error;
    }
  }

  async setPassword(next: Login, held: { current: Login; previous: Login | undefined }): Promise<void> {
    const { user, administrator } = this.#props;
    if (held.previous?.username === next.username && (await this.opens(held.previous))) {
      return this.#as(held.previous, async (client) => {
        // A role may change its own password, but the session is the role of both logins.
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
    const currentOpens = await this.opens(held.current);
    await this.#as(await administrator(), async (client) => {
      await prepareDatabaseUser(client, user);
      await setPassword(client, user, next);
      // In a new database nobody has made the login of the first secret, which pods have mounted already.
      if (!currentOpens) await setPassword(client, user, held.current);
    });
  }

  async #as<T>({ username, password }: Login, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({
      ...this.#props.place,
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
