export interface SqlClient {
  query<Row extends object>(sql: string, values?: unknown[]): Promise<{ rows: Row[] }>;
}

/** The database cannot be locked as it is; the message says what to change. */
export class LockError extends Error {}

/** What one look at the database sees; nothing that `work` does remains unless it says so. */
export async function transaction<T>(
  client: SqlClient,
  work: () => Promise<{ readonly keep: boolean; readonly result: T }>,
): Promise<T> {
  await client.query("begin");
  try {
    await client.query("set local search_path = pg_catalog, pg_temp");
    await client.query("set local lock_timeout = '10s'");
    await client.query("set local client_min_messages = error");
    const { keep, result } = await work();
    await client.query(keep ? "commit" : "rollback");
    return result;
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
}
