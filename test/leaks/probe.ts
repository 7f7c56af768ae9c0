import { readPolicy } from "../../runtime/policy/compiler/compile.ts";
import { rows, rowsOf, urls } from "../e2e/live.ts";
import { platform } from "../../contract/index.ts";
import type { SavedChart } from "./charts.ts";
import { sqlDatasets } from "./sql-datasets.ts";
import type { Studio } from "./studio.ts";

const SLUG = "leak-probe";
const PREFIX = "Leak probe: ";

interface Made {
  readonly id: number;
}

/**
 * A dashboard of raw rows: every column of every dataset of the policy, and virtual datasets, as a careless author
 * would publish them. The demo's charts show aggregates; here each row names its school.
 */
export class Probe {
  private constructor(
    private readonly studio: Studio,
    private readonly made: { path: string; id: number }[],
  ) {}

  readonly slug = SLUG;

  static async publish(studio: Studio): Promise<Probe> {
    const probe = new Probe(studio, []);
    await probe.clear();
    try {
      await probe.build();
    } catch (error) {
      await probe.withdraw();
      throw error;
    }
    return probe;
  }

  private async build(): Promise<void> {
    const dashboard = await this.make("/api/v1/dashboard/", { dashboard_title: SLUG, slug: SLUG, published: true });
    await this.studio.call("POST", `/api/v1/dashboard/${dashboard}/embedded`, {
      allowed_domains: [...urls.embedsTls, urls.portalTls],
    });
    for (const { table } of readPolicy().datasets.values()) {
      const [schema = "", name = ""] = table.split(".");
      const [found] = await rowsOf<{ id: number }>(
        platform.databases.metadata,
        "select id from tables where table_name = $1 and schema = $2 and coalesce(sql, '') = ''",
        [name, schema],
      );
      if (found === undefined) throw new Error(`no dataset ${table} in Superset`);
      const columns = await rows<{ name: string }>(
        "select column_name as name from information_schema.columns where table_schema = $1 and table_name = $2 order by ordinal_position",
        [schema, name],
      );
      await this.chart(
        dashboard,
        name,
        found.id,
        columns.map((column) => column.name),
      );
    }
    const [database] = await rowsOf<{ id: number }>(platform.databases.metadata, "select min(id) as id from dbs");
    for (const [title, { sql, columns }] of Object.entries(sqlDatasets)) {
      const dataset = await this.make("/api/v1/dataset/", {
        database: database?.id,
        schema: "public",
        table_name: `${PREFIX}${title}`,
        sql,
      });
      await this.chart(dashboard, title, dataset, columns);
    }
  }

  private async make(path: string, body: object): Promise<number> {
    const { id } = await this.studio.call<Made & Record<string, unknown>>("POST", path, body);
    this.made.unshift({ path, id });
    return id;
  }

  private async chart(dashboard: number, title: string, dataset: number, columns: readonly string[]): Promise<void> {
    const query = {
      filters: [],
      extras: { having: "", where: "" },
      columns,
      metrics: [],
      orderby: [],
      row_limit: platform.limits.rowLimit,
      post_processing: [],
    };
    const form = { viz_type: "table", query_mode: "raw", all_columns: columns, row_limit: query.row_limit };
    await this.make("/api/v1/chart/", {
      slice_name: `${PREFIX}${title}`,
      viz_type: "table",
      datasource_id: dataset,
      datasource_type: "table",
      dashboards: [dashboard],
      params: JSON.stringify({ ...form, datasource: `${dataset}__table` }),
      query_context: JSON.stringify({
        datasource: { id: dataset, type: "table" },
        force: false,
        queries: [query],
        form_data: form,
        result_format: "json",
        result_type: "full",
      }),
    });
  }

  isVirtual(chart: SavedChart): boolean {
    return Object.keys(sqlDatasets).some((title) => chart.name === `${PREFIX}${title}`);
  }

  async withdraw(): Promise<void> {
    for (const { path, id } of this.made.splice(0)) await this.studio.call("DELETE", `${path}${id}`);
  }

  /** Removes what a killed run has left behind. */
  private async clear(): Promise<void> {
    const left = await rowsOf<{ path: string; id: number }>(
      platform.databases.metadata,
      `select '/api/v1/chart/' as path, id from slices where slice_name like $1
       union all select '/api/v1/dataset/', id from tables where table_name like $1
       union all select '/api/v1/dashboard/', id from dashboards where slug = $2`,
      [`${PREFIX}%`, SLUG],
    );
    for (const { path, id } of left) await this.studio.call("DELETE", `${path}${id}`);
  }
}
