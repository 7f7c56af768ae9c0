import type pg from "pg";
import { z } from "zod";
import type { LeafParts } from "../event/leaf.ts";

const outcomes = z.array(z.object({ ordinal: z.int(), outcome: z.enum(["stored", "same", "fork", "refused"]) }));

/** The outcome of an event: stored, already there, another event in its place, or no event at all. */
export type Outcome = z.output<typeof outcomes>[number]["outcome"];

/** Appends events in one transaction. Returns an outcome for each, in order; when it returns they are on disk. */
export async function appendEvents(client: pg.ClientBase, events: readonly LeafParts[]): Promise<Outcome[]> {
  if (events.length === 0) return [];
  const { rows } = await client.query("select ordinal, outcome from audit.append_events($1, $2, $3)", [
    events.map(({ header }) => header),
    events.map(({ salt }) => salt),
    events.map(({ payload }) => payload),
  ]);
  return outcomes.parse(rows).map(({ outcome }) => outcome);
}

/** Makes the partitions of the coming week. */
export async function makePartitions(client: pg.ClientBase): Promise<void> {
  await client.query("select audit.make_partitions()");
}

/** SQLSTATE classes of what one event can be guilty of: data exception, integrity violation, a limit exceeded. */
const faultsOfData = /^(22|23|54)/;

/**
 * Appends events like appendEvents, and finds those that PostgreSQL cannot take, so that one never holds up the others:
 * they are `refused`. Rejects when the database itself fails.
 */
export async function appendEach(
  run: <T>(work: (client: pg.ClientBase) => Promise<T>) => Promise<T>,
  events: readonly LeafParts[],
): Promise<Outcome[]> {
  try {
    return await run((client) => appendEvents(client, events));
  } catch (error) {
    if (!isFaultOfData(error)) throw error;
    if (events.length === 1) return ["refused"];
    const half = Math.ceil(events.length / 2);
    return [...(await appendEach(run, events.slice(0, half))), ...(await appendEach(run, events.slice(half)))];
  }
}

function isFaultOfData(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && faultsOfData.test(error.code);
}
