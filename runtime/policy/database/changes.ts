import type { ClaimsKey } from "./claims-key.ts";
import type { Policy } from "../language/policy.ts";
import { keyChanges } from "./accepted-keys.ts";
import type { Change } from "./change.ts";
import { selectChanges } from "./grants.ts";
import { readNamedRelations } from "./named-relations.ts";
import { functionChanges } from "./lock-functions.ts";
import { schemaChanges } from "./lock-schema.ts";
import {
  databaseChanges,
  defaultPrivilegeChanges,
  executeGrantChanges,
  namespaceChanges,
  selectGrantChanges,
} from "./rights.ts";
import type { SqlClient } from "./session.ts";
import { tableChanges } from "./tables.ts";

/** Lists what differs from the policy, in the order in which it must be changed. Throws LockError when it cannot be. */
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
    ...(await selectGrantChanges(client, policy, readers)),
    ...(await executeGrantChanges(client, policy, readers)),
    ...(await defaultPrivilegeChanges(client, readers)),
  ];
}
