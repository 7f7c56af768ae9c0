import type { ClaimsKey } from "./claims-key.ts";
import type { Policy } from "../language/policy.ts";
import { keyChanges } from "./accepted-keys.ts";
import type { Change } from "./change.ts";
import { functionChanges } from "./own-functions.ts";
import { schemaChanges } from "./own-schema.ts";
import { databaseChanges, defaultPrivileges, namespaceChanges, strayFunctions, straySelects } from "./rights.ts";
import type { SqlClient } from "./session.ts";
import { readTables, tableChanges } from "./tables.ts";

/** @throws LockError when the tables cannot be locked as they are */
export async function findChanges(
  client: SqlClient,
  policy: Policy,
  readers: readonly string[],
  keys: readonly ClaimsKey[] | undefined,
): Promise<Change[]> {
  const tables = await readTables(client, policy);
  const locks: Change[][] = [];
  for (const table of tables) locks.push(await tableChanges(client, table, readers));
  return [
    ...(await schemaChanges(client)),
    ...(await functionChanges(client)),
    ...(keys === undefined ? [] : await keyChanges(client, keys)),
    ...(await databaseChanges(client, readers)),
    ...(await namespaceChanges(client, policy, readers)),
    ...locks.flat(),
    ...(await straySelects(client, policy, readers)),
    ...(await strayFunctions(client, policy, readers)),
    ...(await defaultPrivileges(client, readers)),
  ];
}
