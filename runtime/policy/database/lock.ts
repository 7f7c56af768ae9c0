import type { ClaimsKey } from "./claims-key.ts";
import type { Policy } from "../language/policy.ts";
import type { Change } from "./change.ts";
import { findChanges } from "./changes.ts";
import { type Finding, findHoles } from "./findings.ts";
import { readers, requireOwner } from "./roles.ts";
import { LockError, type SqlClient, transaction } from "./session.ts";

export interface LockState {
  /** What is not as the policy wants it. */
  readonly changes: readonly Change[];
  /** What no statement of ours mends. Before an apply some of it is what the changes mend. */
  readonly holes: readonly Finding[];
}

/** Two who apply at once do so one after the other. */
const advisoryLock = 4_208_002;
const rounds = 3;

async function look(client: SqlClient, policy: Policy, keys: readonly ClaimsKey[] | undefined): Promise<LockState> {
  await requireOwner(client);
  const bound = await readers(client);
  return { changes: await findChanges(client, policy, bound, keys), holes: await findHoles(client, policy, bound) };
}

/** Changes nothing. Without keys, those that the database accepts are left out of the comparison. */
export function inspectLock(client: SqlClient, policy: Policy, keys?: readonly ClaimsKey[]): Promise<LockState> {
  return transaction(client, async () => ({ keep: false, result: await look(client, policy, keys) }));
}

/** Makes the database as the policy wants it, in one transaction, and says what it changed and which holes remain. */
export function applyLock(
  client: SqlClient,
  policy: Policy,
  keys: readonly ClaimsKey[] | undefined,
  report: (change: Change) => void = () => undefined,
): Promise<LockState> {
  return transaction(client, async () => {
    await client.query("select pg_advisory_xact_lock($1)", [advisoryLock]);
    const changes: Change[] = [];
    let state = await look(client, policy, keys);
    // Default privileges grant on what is made here, so that a second look finds more.
    for (let round = 0; round < rounds && state.changes.length > 0; round += 1) {
      for (const change of state.changes) await make(client, change, report);
      changes.push(...state.changes);
      state = await look(client, policy, keys);
    }
    if (state.changes.length > 0) {
      const left = state.changes.map(({ because }) => `  - ${because}`).join("\n");
      throw new LockError(
        `nothing was changed, because this remained; apply as a superuser or the objects' owner:\n${left}`,
      );
    }
    return { keep: true, result: { changes, holes: state.holes } };
  });
}

async function make(client: SqlClient, change: Change, report: (change: Change) => void): Promise<void> {
  report(change);
  await client.query(change.statement, change.values).catch((cause: Error) => {
    throw new LockError(`${change.because}; the database refuses \`${change.statement}\`: ${cause.message}`, { cause });
  });
}
