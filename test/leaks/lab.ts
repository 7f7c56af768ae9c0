import type { Answer } from "../e2e/live.ts";
import type { Guest } from "../e2e/guest.ts";
import { Canaries } from "./canaries.ts";
import { askChart, type Body, bodyOf, type Origin, type SavedChart, savedCharts, unpinned } from "./charts.ts";
import { type Difference, difference } from "./compare.ts";
import { Oracle, type Row } from "./oracle.ts";
import { named, people, schools } from "./people.ts";
import { Probe } from "./probe.ts";
import { removeRules } from "./rules.ts";
import { Studio } from "./studio.ts";

/** A finding: what one answer gave away, or withheld, and to whom. */
export interface Finding extends Difference {
  readonly who: Guest;
  readonly chart: SavedChart;
  readonly status: number;
}

export const told = ({ who, chart, status, leaked, lost }: Finding): string =>
  `${named(who)}, ${chart.dashboard}, ${chart.name} (${status}): leaked ${JSON.stringify(leaked.slice(0, 3))} of ${leaked.length}, ` +
  `lost ${JSON.stringify(lost.slice(0, 3))} of ${lost.length}`;

/**
 * The running stack, prepared for attacks: canaries in the database, a dashboard of raw rows, and an oracle per guest.
 */
export class Lab {
  readonly studio: Studio;
  readonly canaries: Canaries;
  readonly probe: Probe;
  readonly guests: readonly Guest[];
  readonly charts: readonly SavedChart[];
  private readonly oracles: ReadonlyMap<Guest, Oracle>;
  private readonly sql = new Map<string, Promise<readonly string[] | undefined>>();

  private constructor(parts: {
    studio: Studio;
    canaries: Canaries;
    probe: Probe;
    guests: readonly Guest[];
    charts: readonly SavedChart[];
    oracles: ReadonlyMap<Guest, Oracle>;
  }) {
    this.studio = parts.studio;
    this.canaries = parts.canaries;
    this.probe = parts.probe;
    this.guests = parts.guests;
    this.charts = parts.charts;
    this.oracles = parts.oracles;
  }

  static async open(of: readonly number[] = schools): Promise<Lab> {
    const studio = await Studio.signIn();
    await removeRules(studio);
    const canaries = await Canaries.plant(of);
    const probe = await Probe.publish(studio);
    const guests = await people(of);
    const oracles = new Map<Guest, Oracle>();
    for (const who of guests) oracles.set(who, await Oracle.of(who));
    return new Lab({ studio, canaries, probe, guests, charts: await savedCharts(), oracles });
  }

  async close(): Promise<void> {
    for (const oracle of this.oracles.values()) await oracle.close();
    await this.probe.withdraw();
    await this.canaries.remove();
  }

  /** Rows of each query as this guest may see them; undefined when Superset makes no SQL of the question. */
  async expected(who: Guest, chart: SavedChart, body: Body): Promise<Row[][] | undefined> {
    const key = JSON.stringify([chart.id, body.queries]);
    let asked = this.sql.get(key);
    if (asked === undefined) {
      asked = this.studio.sqlOf(unpinned(chart, body)).catch(() => undefined);
      this.sql.set(key, asked);
    }
    const [sql, oracle] = [await asked, this.oracles.get(who)];
    if (oracle === undefined) throw new Error(`no oracle for ${named(who)}`);
    if (sql === undefined) return undefined;
    const results: Row[][] = [];
    for (const text of sql) results.push(await oracle.run(text));
    return results;
  }

  /**
   * Asks, and holds the answer against the database. `as` is the question whose rows it may give, when it is another.
   */
  async attempt(who: Guest, chart: SavedChart, body: unknown, as?: Body, origin?: Origin): Promise<Finding> {
    return this.judge(who, chart, await askChart(who, chart, body, origin), as ?? (body as Body));
  }

  async judge(who: Guest, chart: SavedChart, answer: Answer, as: Body = bodyOf(chart)): Promise<Finding> {
    const { status, text, headers } = answer;
    const strange = this.canaries.strange(`${text}\n${JSON.stringify(headers)}`, who);
    const base = { who, chart, status };
    if (status !== 200) return { ...base, leaked: strange, lost: [] };
    const { result } = JSON.parse(text) as { result: { data?: Row[] }[] };
    const expected = await this.expected(who, chart, as);
    const differences = result.map(({ data }, index) =>
      difference(as.queries[index] ?? as.queries[0] ?? {}, data ?? [], expected?.[index] ?? []),
    );
    return {
      ...base,
      leaked: [...strange, ...differences.flatMap(({ leaked }) => leaked)],
      lost: differences.flatMap(({ lost }) => lost),
    };
  }
}

/** Runs work over many, a few at a time, as the stack's threads allow. */
export async function eachOf<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  width = 6,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const run = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: width }, run));
  return results;
}
