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
