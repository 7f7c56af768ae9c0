import type { ClaimsKey } from "./claims-key.ts";
import type { Policy } from "../language/policy.ts";
import type { Change } from "./change.ts";
import { findChanges } from "./changes.ts";
import { type Finding, findHoles } from "./findings.ts";
import { readers, requireOwner } from "./roles.ts";
import { LockError, type SqlClient, transaction } from "./session.ts";

export interface LockState {
  /** The differences from the policy that a statement removes. */
  readonly changes: readonly Change[];
  /**
   * Ways past row security. Before an apply, some of them are removed by `changes`; the others need an administrator.
   */
  readonly holes: readonly Finding[];
}

/** The advisory lock that makes two applies at the same time run one after the other. */
const advisoryLock = 4_208_002;
const maxRounds = 3;

async function inspectDatabase(
  client: SqlClient,
  policy: Policy,
  keys: readonly ClaimsKey[] | undefined,
): Promise<LockState> {
  await requireOwner(client);
  const readerRoles = await readers(client);
  return {
    changes: await findChanges(client, policy, readerRoles, keys),
    holes: await findHoles(client, policy, readerRoles),
  };
}

/**
 * Compares the database with the policy and changes nothing. Without `keys`, the accepted claims keys are not compared.
 */
export function inspectLock(client: SqlClient, policy: Policy, keys?: readonly ClaimsKey[]): Promise<LockState> {
  return transaction(client, async () => ({ commit: false, result: await inspectDatabase(client, policy, keys) }));
}

/**
 * Changes the database to what the policy says, in one transaction, and returns the changes made and the holes that
 * remain. Throws LockError, with nothing changed, when a difference cannot be removed.
 */
export function applyLock(
  client: SqlClient,
  policy: Policy,
  keys: readonly ClaimsKey[] | undefined,
  report: (change: Change) => void = () => undefined,
): Promise<LockState> {
  return transaction(client, async () => {
    await client.query("select pg_advisory_xact_lock($1)", [advisoryLock]);
    const changes: Change[] = [];
    let state = await inspectDatabase(client, policy, keys);
    // Default privileges add grants to the objects created here, so that a second inspection finds more changes.
    for (let round = 0; round < maxRounds && state.changes.length > 0; round += 1) {
      for (const change of state.changes) await executeChange(client, change, report);
      changes.push(...state.changes);
      state = await inspectDatabase(client, policy, keys);
    }
    if (state.changes.length > 0) {
      const remaining = state.changes.map(({ because }) => `  - ${because}`).join("\n");
      throw new LockError(
        `nothing was changed, because this remained; apply as a superuser or the objects' owner:\n${remaining}`,
      );
    }
    return { commit: true, result: { changes, holes: state.holes } };
  });
}

async function executeChange(client: SqlClient, change: Change, report: (change: Change) => void): Promise<void> {
  report(change);
  await client.query(change.statement, change.values).catch((cause: Error) => {
    throw new LockError(`${change.because}; the database refuses \`${change.statement}\`: ${cause.message}`, { cause });
  });
}
