import { platform } from "../../contract/index.ts";
import { type Guest, tokenOf } from "../e2e/guest.ts";
import { type Answer, ask, embedOrigin, guestHeader, rowsOf } from "../e2e/live.ts";
import { somebody } from "./people.ts";

export type Query = Readonly<Record<string, unknown>>;
export type Body = Readonly<Record<string, unknown>> & { readonly queries: readonly Query[] };

export interface SavedChart {
  readonly id: number;
  readonly name: string;
  readonly dashboard: string;
  readonly table: string;
  readonly datasetId: number;
  readonly params: Readonly<Record<string, unknown>>;
  readonly queries: readonly Query[];
}

interface Stored {
  readonly id: number;
  readonly name: string;
  readonly dashboard: string;
  readonly table: string;
  readonly datasetid: number;
  readonly params: string;
  readonly context: string;
}

/** Every chart of every dashboard that is open for embedding, as it was saved. */
export async function savedCharts(): Promise<SavedChart[]> {
  const stored = await rowsOf<Stored>(
    platform.databases.metadata,
    `select s.id, s.slice_name as name, d.slug as dashboard, t.table_name as "table", t.id as datasetid, s.params,
       s.query_context as context
     from slices s join dashboard_slices l on l.slice_id = s.id join dashboards d on d.id = l.dashboard_id
     join embedded_dashboards e on e.dashboard_id = d.id join tables t on t.id = s.datasource_id order by s.id`,
  );
  return stored.map(({ id, name, dashboard, table, datasetid, params, context }) => ({
    id,
    name,
    dashboard,
    table,
    datasetId: datasetid,
    params: JSON.parse(params) as Query,
    queries: (JSON.parse(context) as { queries: Query[] }).queries,
  }));
}

export function bodyOf(chart: SavedChart, change: (query: Query) => Query = (query) => query, force = true): Body {
  return {
    datasource: { id: chart.datasetId, type: "table" },
    force,
    queries: chart.queries.map((query) => change(structuredClone(query))),
    form_data: { ...chart.params, slice_id: chart.id },
    result_format: "json",
    result_type: "full",
  };
}

/** The same question as an author may ask it: without the chart that a guest must name. */
export function unpinned(chart: SavedChart, body: Body): Record<string, unknown> {
  return { ...body, datasource: { id: chart.datasetId, type: "table" }, form_data: chart.params };
}

export type Origin = Readonly<{ url: string; headers?: Readonly<Record<string, string>> }>;

export function askChart(
  who: Guest,
  chart: SavedChart,
  body: unknown,
  origin: Origin = { url: embedOrigin },
): Promise<Answer> {
  return ask(`${origin.url}/api/v1/chart/data`, {
    method: "POST",
    headers: { ...origin.headers, ...guestHeader(tokenOf(who, { ...somebody(), dashboard: chart.dashboard })) },
    body,
  });
}
