import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import chartTypes from "../content/dashboards/chart-types.json" with { type: "json" };
import { expecting } from "../support/expecting.ts";
import { embeddedFrame, startBrowser } from "./browser.ts";
import { guest, tokenOf } from "./guest.ts";
import { embedOrigin, rowsOf, urls } from "./live.ts";
import { adminSession, change, type Session } from "./studio.ts";
import { platform } from "../../contract/index.ts";

const slug = "chart-types";
const perRow = 6;

type Queries = readonly Readonly<Record<string, unknown>>[];

interface Drawn {
  readonly status: number;
  readonly queries: Queries;
}

let session: Session;
let browser: Browser;
let dataset: number;
const made: string[] = [];

async function make(path: string, body: object): Promise<number> {
  const { status, text } = await change(session, "POST", path, body);
  expecting(text.slice(0, 500), status).toBe(201);
  const { id } = JSON.parse(text) as { id: number };
  made.unshift(`${path}${id}`);
  return id;
}

/** Rows of charts in the order of the file, as an author lays them out. */
function layout(charts: readonly number[]): string {
  const rows = Array.from({ length: Math.ceil(charts.length / perRow) }, (_, index) => `ROW-${index}`);
  const ofRow = (row: number): readonly number[] => charts.slice(row * perRow, (row + 1) * perRow);
  return JSON.stringify({
    DASHBOARD_VERSION_KEY: "v2",
    ROOT_ID: { type: "ROOT", id: "ROOT_ID", children: ["GRID_ID"] },
    GRID_ID: { type: "GRID", id: "GRID_ID", children: rows, parents: ["ROOT_ID"] },
    ...Object.fromEntries(
      rows.flatMap((id, row) => [
        [
          id,
          {
            type: "ROW",
            id,
            children: ofRow(row).map((chart) => `CHART-${chart}`),
            parents: ["ROOT_ID", "GRID_ID"],
            meta: { background: "BACKGROUND_TRANSPARENT" },
          },
        ],
        ...ofRow(row).map((chart) => [
          `CHART-${chart}`,
          {
            type: "CHART",
            id: `CHART-${chart}`,
            children: [],
            parents: ["ROOT_ID", "GRID_ID", id],
            meta: { chartId: chart, width: 2, height: 20 },
          },
        ]),
      ]),
    ),
  });
}

/** Collects what the browser asks for each chart, until it has asked for all of them. */
async function asked(page: Page, charts: ReadonlyMap<number, string>): Promise<ReadonlyMap<string, Drawn>> {
  const found = new Map<string, Drawn>();
  page.on("response", (response) => {
    const request = response.request();
    if (request.method() !== "POST" || !new URL(request.url()).pathname.startsWith("/api/v1/chart/data")) return;
    const body = request.postDataJSON() as { form_data?: { slice_id?: number }; queries: Queries };
    const name = charts.get(body.form_data?.slice_id ?? 0);
    if (name !== undefined) found.set(name, { status: response.status(), queries: body.queries });
  });
  const token = tokenOf(await guest("principal", 42), { dashboard: slug });
  await page.goto(`${embedOrigin}/embedded/dashboard/${slug}?jwt=${token}`);
  await embeddedFrame(page);
  for (const end = Date.now() + 90_000; found.size < charts.size && Date.now() < end;) await page.waitForTimeout(200);
  return found;
}

beforeAll(async () => {
  session = await adminSession();
  browser = await startBrowser();
  const [found] = await rowsOf<{ id: number }>(
    platform.databases.metadata,
    "select id from tables where table_name = 'assessments' and coalesce(sql, '') = ''",
  );
  dataset = found?.id ?? 0;
});
afterAll(async () => {
  for (const path of made) await change(session, "DELETE", path);
  await browser.close();
});

describe("a chart type that dashboards as code may use", () => {
  it("is asked for by a guest's browser with the query that was saved, and answered", async () => {
    const dashboard = await make("/api/v1/dashboard/", { dashboard_title: slug, slug, published: true });
    const charts = new Map<number, string>();
    for (const [name, { form, queries }] of Object.entries(chartTypes)) {
      const params = { ...form, datasource: `${dataset}__table` };
      const chart = await make("/api/v1/chart/", {
        slice_name: `Chart types: ${name}`,
        viz_type: form.viz_type,
        datasource_id: dataset,
        datasource_type: "table",
        dashboards: [dashboard],
        params: JSON.stringify(params),
        query_context: JSON.stringify({
          datasource: { id: dataset, type: "table" },
          force: false,
          queries,
          form_data: params,
          result_format: "json",
          result_type: "full",
        }),
      });
      charts.set(chart, name);
    }
    await change(session, "PUT", `/api/v1/dashboard/${dashboard}`, {
      position_json: layout([...charts.keys()]),
      json_metadata: JSON.stringify({ native_filter_configuration: [] }),
    });
    await change(session, "POST", `/api/v1/dashboard/${dashboard}/embedded`, {
      allowed_domains: [...urls.embedsTls, urls.portalTls],
    });
    const context = await browser.newContext({ viewport: { width: 1800, height: 2400 } });
    const seen = await asked(await context.newPage(), charts);
    await context.close();
    expect([...seen.keys()].sort()).toEqual(Object.keys(chartTypes).sort());
    for (const [name, { queries }] of Object.entries(chartTypes)) {
      expecting(name, seen.get(name)?.queries).toEqual(queries);
      expecting(name, seen.get(name)?.status).toBe(200);
    }
  });
});
