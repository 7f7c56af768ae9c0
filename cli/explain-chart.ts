import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import type { RowClaims } from "../runtime/policy/report/explain.ts";
import { UsageError } from "./usage-error.ts";

const explanationSchema = z.object({
  chart: z.string(),
  dashboard: z.string(),
  filters: z.array(z.string()),
  table: z.string(),
  database: z.string(),
  clauses: z.array(z.string()),
  queries: z.array(z.object({ sql: z.string(), plan: z.string() })),
  policies: z.record(z.string(), z.string()),
});
type Explanation = z.infer<typeof explanationSchema>;

/** A filter of a dashboard, by its name, and one value for it. */
export type FilterChoice = readonly [name: string, value: string];

interface ChartQuestion {
  readonly chart: string;
  readonly filters: readonly FilterChoice[];
  readonly claims: RowClaims;
  /** State folder of a local start; its databases must be running. */
  readonly state: string;
}

/** Explains a chart's queries with Superset's query builder, in a child process like those of the local start. */
export async function explainChart({ chart, filters, claims, state }: ChartQuestion): Promise<string[]> {
  const environment = readEnvironment(resolve(state, "superset-environment.json"));
  const python = join(resolve(state), "venv", "bin", "python");
  const answer = await run(python, environment, JSON.stringify({ chart, filters, claims }));
  const parsed = explanationSchema.safeParse(answer);
  if (!parsed.success) throw new UsageError(`Superset's answer is of another form: ${parsed.error.message}`);
  return formatExplanation(parsed.data);
}

function readEnvironment(file: string): Record<string, string> {
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    throw new UsageError(
      `${file} cannot be read; the SQL comes from a running Superset: start it once with \`npm start\`, or name its folder with --state`,
    );
  }
}

function run(python: string, env: Record<string, string>, input: string): Promise<unknown> {
  return new Promise((fulfil, reject) => {
    const child = spawn(python, ["-m", "homeroom_superset.pin.explain"], { env, stdio: ["pipe", "pipe", "pipe"] });
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString("utf8")));
    child.once("error", (error) => reject(new UsageError(`${python} does not run: ${error.message}`)));
    child.once("close", (code) => {
      const last = (text: string): string => text.trim().split("\n").at(-1) ?? "";
      if (code !== 0) reject(new UsageError(last(errors) || `Superset ended with ${code}`));
      else fulfil(JSON.parse(last(output)));
    });
    child.stdin.end(input);
  });
}

const indent = (text: string): string => text.replaceAll(/^/gm, "  ");

function formatExplanation({
  chart,
  dashboard,
  filters,
  table,
  database,
  clauses,
  queries,
  policies,
}: Explanation): string[] {
  return [
    `chart ${chart} of ${dashboard}, table ${table} in database ${database}`,
    ...filters.map((filter) => indent(`with ${filter}`)),
    "",
    "lock 1, the clause that Superset adds:",
    ...clauses.map(indent),
    "",
    ...queries.flatMap(({ sql }, index) => [
      `the SQL that runs${queries.length > 1 ? ` (${index + 1})` : ""}:`,
      indent(sql),
      "",
    ]),
    "lock 2, what the database adds by itself:",
    ...Object.entries(policies).map(([name, expression]) => indent(`${name}: ${expression}`)),
    "",
    ...queries.flatMap(({ plan }) => ["its plan, with both:", indent(plan), ""]),
  ].slice(0, -1);
}
