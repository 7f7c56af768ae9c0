import type { Guest } from "../e2e/guest.ts";
import { type Body, bodyOf, type SavedChart } from "./charts.ts";
import { schools } from "./people.ts";
import { eachOf, type Finding, type Lab } from "./lab.ts";

type Filter = Readonly<Record<string, unknown>>;

/** A way to ask for the rows of a chart that the dashboard itself offers. */
export interface Way {
  readonly name: string;
  /** Whether every school is asked; by default one of each kind. */
  readonly everybody?: true;
  /** Returns the request; undefined where the chart does not offer it. */
  readonly body: (chart: SavedChart) => Body | undefined;
  /** The question whose rows may come back, when a limit leaves open which of them do. */
  readonly among?: (chart: SavedChart) => Body;
}

const withFilter = (chart: SavedChart, filter: Filter, force = true): Body =>
  bodyOf(chart, (query) => ({ ...query, filters: [...(query["filters"] as Filter[]), filter] }), force);

const ofDemo = ({ dashboard }: SavedChart): boolean => dashboard !== "leak-probe";

const pages = ({ params }: SavedChart): boolean => params["server_pagination"] === true;

const isText = (column: string): boolean => /name|subject|activity|topic|category/.test(column);

function dimensionOf({ params, queries }: SavedChart): string | undefined {
  const columns = queries.flatMap((query) => (query["columns"] ?? []) as unknown[]);
  return columns.find(
    (column): column is string =>
      typeof column === "string" && isText(column) && JSON.stringify(params).includes(column),
  );
}

function ranged(chart: SavedChart, range: string): Body | undefined {
  const isTemporal = (filter: Filter): boolean => filter["op"] === "TEMPORAL_RANGE";
  if (!chart.queries.some((query) => ((query["filters"] ?? []) as Filter[]).some(isTemporal))) return undefined;
  return bodyOf(chart, (query) => ({
    ...query,
    filters: (query["filters"] as Filter[]).map((filter) => (isTemporal(filter) ? { ...filter, val: range } : filter)),
  }));
}

export const ways: readonly Way[] = [
  { name: "forced", everybody: true, body: (chart) => bodyOf(chart) },
  { name: "from the cache", everybody: true, body: (chart) => bodyOf(chart, undefined, false) },
  {
    name: "through a native filter",
    body: (chart) =>
      ofDemo(chart) ? withFilter(chart, { col: "subject_area", op: "IN", val: ["Mathematics", "English"] }) : undefined,
  },
  { name: "through a time range", body: (chart) => ranged(chart, "2026-02-01 : 2026-06-30") },
  {
    name: "through a cross filter that names another school's people",
    body: (chart) => {
      const column = dimensionOf(chart);
      const values = schools.flatMap((school) =>
        ["assessments", "weekly_engagement", "teacher_workload", "tutor_feedback"].map(
          (name) => `canary-${name}-${school}-own`,
        ),
      );
      return column === undefined ? undefined : withFilter(chart, { col: column, op: "IN", val: values });
    },
  },
  {
    name: "in another order",
    body: (chart) => {
      const [metric] = chart.queries.flatMap((query) => (query["metrics"] ?? []) as unknown[]);
      return metric === undefined ? undefined : bodyOf(chart, (query) => ({ ...query, orderby: [[metric, true]] }));
    },
  },
  {
    name: "with a lower limit",
    // A table that pages on the server offers lengths of its own, and counts all of its rows.
    body: (chart) =>
      bodyOf(chart, (query) => (query["is_rowcount"] ? query : { ...query, row_limit: pages(chart) ? 10 : 3 })),
    among: (chart) => bodyOf(chart),
  },
  {
    name: "on the second page of a table",
    body: (chart) =>
      pages(chart)
        ? bodyOf(chart, (query) => (query["is_rowcount"] ? query : { ...query, row_offset: query["row_limit"] }))
        : undefined,
  },
  {
    name: "through the search of a table",
    body: (chart) =>
      pages(chart) ? withFilter(chart, { col: dimensionOf(chart), op: "ILIKE", val: "%a%" }) : undefined,
  },
];

/** One way, for every chart and guest: all of them first forced, so that the cache is full of strangers' answers. */
export async function rowsBy(lab: Lab, way: Way, guests: readonly Guest[] = lab.guests): Promise<Finding[]> {
  const asked = lab.charts.flatMap((chart) => guests.map((who) => ({ chart, who })));
  const findings = await eachOf(asked, async ({ chart, who }) => {
    const body = way.body(chart);
    if (body === undefined) return undefined;
    const finding = await lab.attempt(who, chart, body, way.among?.(chart));
    // A virtual dataset is in no policy: nobody sees it, though its tables hold rows of the school.
    return way.among || lab.probe.isVirtual(chart) ? { ...finding, lost: [] } : finding;
  });
  return findings.filter((finding): finding is Finding => finding !== undefined);
}
