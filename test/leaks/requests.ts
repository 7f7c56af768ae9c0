import { type Body, bodyOf, type Query, type SavedChart } from "./charts.ts";

/** One question that no dashboard offers. */
export interface Attempt {
  readonly kind: string;
  readonly name: string;
  readonly body: (chart: SavedChart) => unknown;
  /**
   * The question whose rows may be the answer, whatever was added to it; undefined where the answer must be a refusal.
   */
  readonly as?: (chart: SavedChart) => Body;
}

/** Ends strings, comments, templates, parameters and statements of the languages that a value passes through. */
export const injections: readonly string[] = [
  "' OR '1'='1",
  "' OR 1=1 --",
  "') OR ('1'='1",
  "')) OR 1=1 /*",
  '" OR ""="',
  "\\' OR 1=1 --",
  "'; select pg_sleep(9); --",
  "' UNION SELECT tutor_name FROM public.tutors --",
  "x' || (select string_agg(tutor_name, ',') from tutors) || '",
  "$$ OR 1=1 --",
  "E'\\' OR 1=1",
  "\u02bc OR 1=1 --",
  "\uff07 OR 1=1 --",
  "%' OR 1=1 --",
  "%(x)s %s :school_id ? $1",
  "{{ current_user_id() }}{{ 7 * 7 }}",
  "{{ dataset(1) }}",
  "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
  "{{ url_param('school_id') }}",
  "<script>alert(1)</script>",
  "a\u0000b",
  "\ud800",
  "../../etc/passwd",
  "=cmd|' /C calc'!A0",
];

const shownAs = (text: string): string => JSON.stringify(text).slice(0, 40);
const query = (patch: Query) => (chart: SavedChart) => bodyOf(chart, (saved) => ({ ...saved, ...patch }));
const body = (patch: Query) => (chart: SavedChart) => ({ ...bodyOf(chart), ...patch });
const sqlColumn = (sqlExpression: string): Query => ({ expressionType: "SQL", sqlExpression, label: "x" });
const refused = (kind: string, name: string, ask: Attempt["body"]): Attempt => ({ kind, name, body: ask });
const ignored = (kind: string, name: string, ask: Attempt["body"]): Attempt => ({
  kind,
  name,
  body: ask,
  as: (chart) => bodyOf(chart),
});
const withFilter =
  (filter: unknown) =>
  (chart: SavedChart): Body =>
    bodyOf(chart, (saved) => ({ ...saved, filters: [...(saved["filters"] as unknown[]), filter] }));

const names: Attempt[] = [
  "student_id; drop table students",
  "(select max(school_id) from public.assessments)",
  "school_id) OR (1=1",
  "*",
  "ctid",
  "tableoid",
  "public.students.student_id",
  "pg_read_file('/etc/passwd')",
  "current_setting('app.school_id')",
].flatMap((name) => [
  refused("names", `column ${name}`, query({ columns: [name] })),
  refused("names", `column expression ${name}`, query({ columns: [sqlColumn(name)] })),
  refused("names", `metric ${name}`, query({ metrics: [name] })),
  refused("names", `metric expression ${name}`, query({ metrics: [sqlColumn(name)] })),
  refused("names", `series column ${name}`, query({ series_columns: [name] })),
  refused("names", `group by ${name}`, query({ groupby: [name] })),
  refused("names", `filter on ${name}`, withFilter({ col: name, op: "==", val: 1 })),
  refused("names", `filter on expression ${name}`, withFilter({ col: sqlColumn(name), op: "==", val: 1 })),
  refused("ordering", `order by ${name}`, query({ orderby: [[name, true]] })),
  refused("ordering", `order by expression ${name}`, query({ orderby: [[sqlColumn(name), true]] })),
  refused("ordering", `series limit metric ${name}`, query({ series_limit_metric: sqlColumn(name) })),
]);

const extras: Attempt[] = [
  "school_id = 62 OR 1=1",
  "1=1) OR (1=1",
  "1=1 UNION SELECT 1",
  "{{ 7 * 7 }} = 49",
  "set_config('app.school_id', '62', false) = '62'",
].flatMap((sql) => [
  refused("free SQL", `extras.where ${sql}`, query({ extras: { where: sql } })),
  refused("free SQL", `extras.having ${sql}`, query({ extras: { having: sql } })),
  refused("free SQL", `where ${sql}`, query({ where: sql })),
  refused("free SQL", `having ${sql}`, query({ having: sql })),
  ignored("free SQL", `form_data.where ${sql}`, (chart) => ({
    ...bodyOf(chart),
    form_data: {
      slice_id: chart.id,
      where: sql,
      adhoc_filters: [{ expressionType: "SQL", clause: "WHERE", sqlExpression: sql }],
    },
  })),
]);

const limits: Attempt[] = [-1, 1e12, "1; select 1", "1 OFFSET 0", { a: 1 }, 1.5, "９"].flatMap((value) => [
  refused("limits", `row_limit ${JSON.stringify(value)}`, query({ row_limit: value })),
  refused("limits", `row_offset ${JSON.stringify(value)}`, query({ row_offset: value })),
]);

const times = [
  "' OR 1=1 --",
  "2026-01-01' OR '1'='1 : 2026-02-01",
  "DATEADD(DATETIME('now'), (select 1), day) : now",
  "{{ 7 * 7 }} : now",
  "0001-01-01 : 9999-12-31",
  "now : now : now",
];

const kinds: Attempt[] = [
  ...["samples", "drill_detail", "query", "results", "columns", "timegrains", "post_processed", "bogus"].flatMap(
    (type) => [
      refused("drill and samples", `result_type ${type}`, body({ result_type: type })),
      refused("drill and samples", `result_type ${type} of a query`, query({ result_type: type })),
    ],
  ),
  ...["csv", "xlsx", "CSV", "png", "pdf", "bogus"].map((format) =>
    refused("exports", `result_format ${format}`, body({ result_format: format })),
  ),
  refused("drill and samples", "drill by another column", query({ columns: ["student_id", "school_id", "cmax"] })),
  refused(
    "annotation layers",
    "a layer of another chart",
    query({
      annotation_layers: [
        {
          annotationType: "EVENT",
          sourceType: "table",
          value: 1,
          name: "x",
          show: true,
          overrides: { time_range: null },
        },
      ],
    }),
  ),
  refused(
    "annotation layers",
    "a layer with a formula",
    query({ annotation_layers: [{ annotationType: "FORMULA", value: "x", name: "x" }] }),
  ),
  refused("time", "another granularity", query({ granularity: "school_id" })),
  refused("time", "a time offset", query({ time_offsets: ["1 year ago"] })),
  refused("time", "a grain that is SQL", query({ extras: { time_grain_sqla: "PT1S') OR 1=1 --" } })),
  refused("names", "another dataset", (chart) => ({
    ...bodyOf(chart),
    datasource: { id: chart.datasetId + 1, type: "table" },
  })),
  refused("names", "a dataset that is a query", (chart) => ({
    ...bodyOf(chart),
    datasource: { id: chart.datasetId, type: "query" },
  })),
  refused("names", "a dataset by SQL", (chart) => ({
    ...bodyOf(chart),
    datasource: { id: `${chart.datasetId} OR 1=1`, type: "table" },
  })),
  refused("names", "no chart", (chart) => ({ ...bodyOf(chart), form_data: {} })),
  refused("names", "a chart by text", (chart) => ({ ...bodyOf(chart), form_data: { slice_id: String(chart.id) } })),
  refused("names", "a chart that is true", (chart) => ({ ...bodyOf(chart), form_data: { slice_id: true } })),
  refused("names", "another dashboard", (chart) => ({
    ...bodyOf(chart),
    form_data: { slice_id: chart.id, dashboardId: 987_654 },
  })),
  refused("native filters", "a filter that the dashboard does not declare", (chart) => ({
    ...bodyOf(chart),
    form_data: { type: "NATIVE_FILTER", native_filter_id: "NATIVE_FILTER-none" },
  })),
  refused("names", "an unknown member", body({ rls: [] })),
  refused("names", "an unknown member of a query", query({ rls: [], is_admin: true })),
  refused("names", "seven queries", (chart) => ({
    ...bodyOf(chart),
    queries: Array.from({ length: 7 }, () => bodyOf(chart).queries[0]),
  })),
  refused("names", "no query", body({ queries: [] })),
  ...[null, [], "x", 7, true].map((value) =>
    refused("names", `a body that is ${JSON.stringify(value)}`, () => JSON.stringify(value)),
  ),
  ignored(
    "url_params",
    "other claims",
    query({ url_params: { school_id: "62", role: "principal", standalone: "' OR 1=1" } }),
  ),
  ignored(
    "Jinja",
    "post processing that evaluates",
    query({
      post_processing: [{ operation: "eval", options: { expression: "__import__('os').environ" } }],
    }),
  ),
  ignored(
    "Jinja",
    "custom parameters",
    query({ custom_params: { x: "{{ 7 * 7 }}" }, custom_form_data: { x: "' OR 1=1" } }),
  ),
  ignored("free SQL", "fetch values by a predicate", query({ apply_fetch_values_predicate: true })),
  ignored("form data", "another person", (chart) => ({
    ...bodyOf(chart),
    form_data: {
      slice_id: chart.id,
      user_id: 1,
      username: "admin",
      extra_form_data: { filters: [{ col: "school_id", op: "==", val: 62 }] },
    },
  })),
];

const values: Attempt[] = injections.flatMap((text) => {
  const of = (op: string, val: unknown): Attempt => {
    const ask = (chart: SavedChart): Body => withFilter({ col: "subject_area", op, val })(chart);
    return { kind: "filter values", name: `${op} ${shownAs(text)}`, body: ask, as: ask };
  };
  return [of("IN", [text]), of("==", text), of("ILIKE", text), of("NOT IN", [text])];
});

const ranges: Attempt[] = [...times, ...injections.slice(0, 4)].map((range) => {
  const ask = (chart: SavedChart): Body =>
    bodyOf(chart, (saved) => ({
      ...saved,
      filters: (saved["filters"] as Query[]).map((filter) =>
        filter["op"] === "TEMPORAL_RANGE" ? { ...filter, val: range } : filter,
      ),
    }));
  return { kind: "time", name: `range ${shownAs(range)}`, body: ask, as: ask };
});

/** Questions that must be refused for every dataset and role. */
export const strangers: readonly Attempt[] = [...names, ...extras, ...limits, ...kinds].filter(
  ({ as }) => as === undefined,
);
/** Questions that may be answered with the guest's own rows only. */
export const additions: readonly Attempt[] = [...extras, ...kinds].filter(({ as }) => as !== undefined);
/** Values for filters that the demo's dashboards declare. */
export const declared: readonly Attempt[] = [...values, ...ranges];
