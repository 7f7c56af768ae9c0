import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { platform } from "../../contract/index.ts";
import { rowsOf } from "../e2e/live.ts";
import { askChart, type Body, type SavedChart } from "./charts.ts";
import { eachOf, Lab, told } from "./lab.ts";
import { expecting } from "../support/expecting.ts";

/** The list behind a filter of a dashboard, asked and judged like a chart. */
interface Values extends SavedChart {
  readonly filter: string;
  readonly column: string;
  readonly board: number;
}

let lab: Lab;
let lists: readonly Values[];
beforeAll(async () => {
  lab = await Lab.open();
  lists = await valueLists();
});
afterAll(() => lab.close());

async function valueLists(): Promise<Values[]> {
  const stored = await rowsOf<{ board: number; dashboard: string; metadata: string }>(
    platform.databases.metadata,
    `select d.id as board, d.slug as dashboard, d.json_metadata as metadata
     from dashboards d join embedded_dashboards e on e.dashboard_id = d.id where d.slug <> $1`,
    [lab.probe.slug],
  );
  return stored.flatMap(({ board, dashboard, metadata }) => {
    const { native_filter_configuration: filters = [] } = JSON.parse(metadata) as {
      native_filter_configuration?: {
        id: string;
        name: string;
        filterType: string;
        targets: { datasetId: number; column: { name: string } }[];
      }[];
    };
    return filters
      .filter(({ filterType }) => filterType === "filter_select")
      .flatMap(({ id, name, targets }, index) =>
        targets.map(({ datasetId, column }) => ({
          id: -(board * 100 + index),
          name: `values of ${name}`,
          dashboard,
          table: "",
          datasetId,
          params: {},
          queries: [],
          filter: id,
          column: column.name,
          board,
        })),
      );
  });
}

function bodyOf({ datasetId, column, filter, board }: Values, force: boolean, searched: readonly object[] = []): Body {
  return {
    datasource: { id: datasetId, type: "table" },
    force,
    queries: [
      {
        filters: searched,
        extras: {},
        columns: [column],
        metrics: [],
        orderby: [[column, true]],
        row_limit: 1000,
        post_processing: [],
      },
    ],
    form_data: { type: "NATIVE_FILTER", native_filter_id: filter, dashboardId: board },
    result_format: "json",
    result_type: "full",
  };
}

describe("the values that a dashboard's filter offers", () => {
  for (const force of [true, false])
    for (const searched of [false, true])
      it(`are those of the guest's own rows, ${force ? "forced" : "from the cache"}${searched ? ", searched for another's" : ""}`, async () => {
        expecting(`only ${lists.length} filters`, lists.length).toBeGreaterThanOrEqual(3);
        const places = lists.flatMap((list) => lab.guests.map((who) => ({ list, who })));
        const findings = await eachOf(places, async ({ list, who }) => {
          const search = searched ? [{ col: list.column, op: "ILIKE", val: "%canary%" }] : [];
          const body = bodyOf(list, force, search);
          return lab.judge(who, list, await askChart(who, list, body), body);
        });
        expect(
          findings.filter(({ status, leaked, lost }) => status !== 200 || leaked.length + lost.length > 0).map(told),
        ).toStrictEqual([]);
      });
});
