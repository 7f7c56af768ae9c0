import type { ClaimsKey } from "./claims-key.ts";
import type { Policy } from "../language/policy.ts";
import { keyChanges } from "./accepted-keys.ts";
import type { Change } from "./change.ts";
import { selectChanges } from "./grants.ts";
import { readNamedRelations } from "./named-relations.ts";
import { functionChanges } from "./own-functions.ts";
import { schemaChanges } from "./own-schema.ts";
import { databaseChanges, defaultPrivileges, namespaceChanges, strayFunctions, straySelects } from "./rights.ts";
import type { SqlClient } from "./session.ts";
import { tableChanges } from "./tables.ts";

/** @throws LockError when the relations of the policy cannot be locked as they are */
export async function findChanges(
  client: SqlClient,
  policy: Policy,
  readers: readonly string[],
  keys: readonly ClaimsKey[] | undefined,
): Promise<Change[]> {
  const { tables, views } = await readNamedRelations(client, policy);
  const locks: (readonly Change[])[] = [];
  for (const table of tables) locks.push(await tableChanges(client, table, readers));
  for (const { table } of views) locks.push(await selectChanges(client, table, readers));
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
