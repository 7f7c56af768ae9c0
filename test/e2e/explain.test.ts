import { describe, expect, it } from "@jest/globals";
import { run } from "../../cli/program.ts";
import { live } from "./live.ts";
import { expecting } from "../support/expecting.ts";

async function explain(...words: readonly string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const say = (line: string): number => lines.push(line);
  const argv = ["node", "homeroom", "policy", "explain", "--state", live.state.root, ...words];
  const code = await run(argv, { print: say, fail: say });
  process.exitCode = 0;
  return { code, text: lines.join("\n") };
}

describe("homeroom policy explain --chart", () => {
  it("shows the SQL that Superset builds for a teacher, with the clause, the row policy and the plan", async () => {
    const words = ["--role", "teacher", "--school", "42", "--class-ids", "4201,4203"];
    const { code, text } = await explain(...words, "--chart", "Average assessment score");
    expecting(text, code).toBe(0);
    const clause = "tenant = 'north' AND school_id = 42 AND class_id IN (4201, 4203)";
    expect(text).toContain(`SELECT AVG(score) AS average_score`);
    expect(text).toContain(`WHERE (${clause})`);
    expect(text).toMatch(/homeroom_reader: .*homeroom\.claim_integer\('school_id'::text\)/);
    expect(text).toMatch(/InitPlan 1[^]*Index Cond: \(\(school_id = 42\)/);
  });

  it("shows the database of a tenant that has its own", async () => {
    const words = ["--role", "principal", "--tenant", "east", "--school", "207"];
    const { code, text } = await explain(...words, "--chart", "Average score@institutional-analytics");
    expecting(text, code).toBe(0);
    expect(text).toMatch(/table public\.assessments in database homeroom_east/);
    expect(text).toMatch(/WHERE \(tenant = 'east' AND school_id = 207\)/);
  });

  it("shows the query with the values of the dashboard's filters, as it runs", async () => {
    const words = ["--role", "principal", "--school", "42", "--chart", "Test results"];
    const filters = ["--filter", "Subject area=English", "--filter", "Subject area=Science"];
    const { code, text } = await explain(...words, ...filters, "--filter", "Time range=2026-02-01 : 2026-06-30");
    expecting(text, code).toBe(0);
    expect(text).toMatch(
      /with Subject area = English\n\s*with Subject area = Science\n\s*with Time range = 2026-02-01/,
    );
    expect(text).toMatch(/subject_area IN \('English', 'Science'\)/);
    expect(text).toMatch(/assessed_on >= [^\n]*2026-02-01[^]*assessed_on < [^\n]*2026-06-30/);
    // The page and, by itself, the count of its rows: what such a table's browser asks for.
    expect(text).toMatch(/the SQL that runs \(1\)[^]*LIMIT 20[^]*the SQL that runs \(2\)[^]*COUNT\(\*\)/i);
    expect(text.match(/tenant = 'north' AND school_id = 42/g)?.length).toBe(3);
  });

  it("names the filters when one is unknown, and says what a value looks like", async () => {
    const words = ["--role", "principal", "--school", "42", "--chart", "Test results", "--filter"];
    const unknown = await explain(...words, "Subject=English");
    expect(unknown.code).toBe(1);
    expect(unknown.text).toMatch(/'Subject' is none that reaches this chart; its filters: Subject area, Time range/);
    const range = await explain(...words, "Time range=whenever : never");
    expect(range.code).toBe(1);
    expect(range.text).toMatch(/no time range that Superset reads/);
    const bare = await explain(...words, "English");
    expect(bare.code).toBe(2);
    expect(bare.text).toMatch(/"English" is not NAME=VALUE/);
  });

  it("names the charts when one is unknown or is on several dashboards", async () => {
    const unknown = await explain("--role", "principal", "--school", "42", "--chart", "Nothing");
    expect(unknown.code).toBe(1);
    expect(unknown.text).toMatch(/on no dashboard that is embedded: .*Average score@student-progress/);
  });
});
