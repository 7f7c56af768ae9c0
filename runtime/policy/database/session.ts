import { ExpectedError } from "../../../contract/index.ts";

export interface SqlClient {
  query<Row extends object>(sql: string, values?: unknown[]): Promise<{ rows: Row[] }>;
}

/** Thrown when row security cannot be put on the database as it is; the message says what to change. */
export class LockError extends ExpectedError {}

/** Runs `work` in one transaction and commits it only when `work` asks for that; otherwise nothing remains of it. */
export async function transaction<T>(
  client: SqlClient,
  work: () => Promise<{ readonly commit: boolean; readonly result: T }>,
): Promise<T> {
  await client.query("begin");
  try {
    await client.query("set local search_path = pg_catalog, pg_temp");
    await client.query("set local lock_timeout = '10s'");
    await client.query("set local client_min_messages = error");
    const { commit: keep, result } = await work();
    await client.query(keep ? "commit" : "rollback");
    return result;
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
}
