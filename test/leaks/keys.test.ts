import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { platform } from "../../contract/index.ts";
import { type Guest, tokenOf } from "../e2e/guest.ts";
import { type Answer, ask, embedOrigin, guestHeader, rowsOf } from "../e2e/live.ts";
import { askChart, bodyOf, type SavedChart } from "./charts.ts";
import { Lab } from "./lab.ts";
import { named } from "./people.ts";
import { expecting } from "../support/expecting.ts";
import { present } from "../support/narrowing.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

const DASHBOARD = "institutional-analytics";
const post = (who: Guest, path: string, body: unknown, method = "POST"): Promise<Answer> =>
  ask(`${embedOrigin}${path}`, { method, headers: guestHeader(tokenOf(who, { dashboard: DASHBOARD })), body });
const get = (who: Guest, path: string): Promise<Answer> =>
  ask(`${embedOrigin}${path}`, { headers: guestHeader(tokenOf(who, { dashboard: DASHBOARD })) });

function pairs(): { owner: Guest; other: Guest }[] {
  return lab.guests.flatMap((owner) =>
    lab.guests.filter((other) => other !== owner).map((other) => ({ owner, other })),
  );
}

describe("a saved filter state", () => {
  it("in the same tab of the same dashboard is each guest's own, to read and to write", async () => {
    const [board] = await rowsOf<{ id: number }>(
      platform.databases.metadata,
      "select id from dashboards where slug = $1",
      [DASHBOARD],
    );
    const path = `/api/v1/dashboard/${board?.id}/filter_state`;
    const keys = new Map<Guest, string>();
    for (const who of lab.guests) {
      const { status, text } = await post(who, `${path}?tab_id=1`, {
        value: JSON.stringify({ chosen: `of ${named(who)}` }),
      });
      expecting(text, status).toBe(201);
      keys.set(who, (JSON.parse(text) as { key: string }).key);
    }
    expecting("two guests share a state", new Set([...keys.values()].map((key) => key.split(".")[0])).size).toBe(
      lab.guests.length,
    );
    for (const { owner, other } of pairs()) {
      const key = keys.get(owner) ?? "";
      for (const tried of [key, key.split(".")[0] ?? "", encodeURIComponent(`${key}/../${key}`)]) {
        const read = await get(other, `${path}/${tried}`);
        expecting(`${named(other)} reads ${named(owner)}'s: ${read.status} ${read.text}`, [403, 404]).toContain(
          read.status,
        );
        const written = await post(other, `${path}/${tried}?tab_id=1`, { value: '"overwritten"' }, "PUT");
        expecting(`${named(other)} writes ${named(owner)}'s: ${written.status}`, [403, 404, 405]).toContain(
          written.status,
        );
      }
    }
    for (const [who, key] of keys) {
      const { status, text } = await get(who, `${path}/${key}`);
      expect(status).toBe(200);
      expect(text).toContain(`of ${named(who)}`);
    }
  });
});

describe("keys of an author or of another school", () => {
  it("open nothing: permalinks, form data, cached queries", async () => {
    const permalink = await lab.studio.call<{ key: string }>("POST", `/api/v1/dashboard/${DASHBOARD}/permalink`, {
      dataMask: { x: 1 },
    });
    const prey = lab.charts.find(({ name }) => name === "Average week of each teacher") as SavedChart;
    const explored = await lab.studio.call<{ key: string }>("POST", "/api/v1/explore/form_data", {
      datasource_id: prey.datasetId,
      datasource_type: "table",
      form_data: JSON.stringify(prey.params),
    });
    const [owner] = lab.guests as [Guest];
    const answered = await askChart(owner, prey, bodyOf(prey));
    const cached = (JSON.parse(answered.text) as { result: { cache_key: string }[] }).result[0]?.cache_key ?? "";
    expect(cached.length).toBeGreaterThan(10);
    const paths = [
      `/superset/dashboard/p/${permalink.key}/`,
      `/dashboard/p/${permalink.key}/`,
      `/api/v1/dashboard/permalink/${permalink.key}`,
      `/api/v1/explore/form_data/${explored.key}`,
      `/api/v1/explore/?form_data_key=${explored.key}`,
      `/explore/?form_data_key=${explored.key}`,
      `/api/v1/explore/permalink/${permalink.key}`,
      `/superset/explore/p/${permalink.key}/`,
      `/api/v1/chart/data/${cached}`,
      `/superset/explore_json/data/${cached}`,
      `/api/v1/cachekey/${cached}`,
      `/sqllab/`,
      `/sqllab/p/x`,
      `/superset/sqllab/?sql=select%201`,
      `/api/v1/sqllab/results/?q=(key:${cached})`,
      `/api/v1/sqllab/permalink/${permalink.key}`,
      `/api/v1/saved_query/1`,
      `/api/v1/annotation_layer/1/annotation/1`,
      `/api/v1/dashboard/${DASHBOARD}/tabs`,
      `/api/v1/dashboard/export/?q=!(1)`,
      `/api/v1/dashboard/1/screenshot/${cached}/`,
      `/api/v1/chart/${prey.id}/screenshot/${cached}/`,
      `/api/v1/datasource/table/${prey.datasetId}/column/tutor_name/values/`,
      `/api/v1/dataset/distinct/tutor_name`,
    ];
    for (const who of lab.guests)
      for (const path of paths) {
        const { status, text } = await get(who, path);
        expecting(`${named(who)}: ${path} → ${status} ${text.slice(0, 200)}`, status).toBe(403);
        expect(lab.canaries.labels(text)).toStrictEqual([]);
      }
  });

  it("are taken for no other question: another school's cache key in every place that could hold one", async () => {
    for (const { owner, other } of pairs().filter(({ owner, other }) => owner.school !== other.school)) {
      const [chart] = lab.charts.filter(({ name }) => name.endsWith("probe: teacher_workload"));
      present(chart);
      const first = await askChart(owner, chart, bodyOf(chart));
      const key = (JSON.parse(first.text) as { result: { cache_key: string }[] }).result[0]?.cache_key;
      for (const body of [
        { ...bodyOf(chart, undefined, false), cache_key: key },
        { ...bodyOf(chart, (query) => ({ ...query, cache_key: key }), false) },
        { ...bodyOf(chart, undefined, false), form_data: { slice_id: chart.id, cache_key: key, form_data_key: key } },
        { ...bodyOf(chart, undefined, false), custom_cache_timeout: -1 },
      ]) {
        const { leaked, status } = await lab.attempt(other, chart, body, bodyOf(chart));
        expect(leaked).toStrictEqual([]);
        expect(status).toBeLessThan(500);
      }
    }
  });
});
