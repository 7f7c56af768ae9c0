import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { run } from "../../cli/program.ts";
import { live } from "./live.ts";

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
    assert.equal(code, 0, text);
    const clause = "tenant = 'north' AND school_id = 42 AND class_id IN (4201, 4203)";
    assert.ok(text.includes(`SELECT avg(score) AS average_score`), text);
    assert.ok(text.includes(`WHERE (${clause})`), text);
    assert.match(text, /homeroom_reader: .*homeroom\.claim_integer\('school_id'::text\)/);
    assert.match(text, /InitPlan 1[^]*Index Cond: \(\(school_id = 42\)/);
  });

  it("shows the database of a tenant that has its own", async () => {
    const words = ["--role", "principal", "--tenant", "east", "--school", "207"];
    const { code, text } = await explain(...words, "--chart", "Average score@institutional-analytics");
    assert.equal(code, 0, text);
    assert.match(text, /table public\.assessments in database homeroom_east/);
    assert.match(text, /WHERE \(tenant = 'east' AND school_id = 207\)/);
  });

  it("shows the query with the values of the dashboard's filters, as it runs", async () => {
    const words = ["--role", "principal", "--school", "42", "--chart", "Test results"];
    const filters = ["--filter", "Subject area=English", "--filter", "Subject area=Science"];
    const { code, text } = await explain(...words, ...filters, "--filter", "Time range=2026-02-01 : 2026-06-30");
    assert.equal(code, 0, text);
    assert.match(text, /with Subject area = English\n\s*with Subject area = Science\n\s*with Time range = 2026-02-01/);
    assert.match(text, /subject_area IN \('English', 'Science'\)/);
    assert.match(text, /assessed_on >= [^\n]*2026-02-01[^]*assessed_on < [^\n]*2026-06-30/);
    // The page and, by itself, the count of its rows: what such a table's browser asks for.
    assert.match(text, /the SQL that runs \(1\)[^]*LIMIT 20[^]*the SQL that runs \(2\)[^]*COUNT\(\*\)/i);
    assert.equal(text.match(/tenant = 'north' AND school_id = 42/g)?.length, 3);
  });

  it("names the filters when one is unknown, and says what a value looks like", async () => {
    const words = ["--role", "principal", "--school", "42", "--chart", "Test results", "--filter"];
    const unknown = await explain(...words, "Subject=English");
    assert.equal(unknown.code, 1);
    assert.match(unknown.text, /'Subject' is none that reaches this chart; its filters: Subject area, Time range/);
    const range = await explain(...words, "Time range=whenever : never");
    assert.equal(range.code, 1);
    assert.match(range.text, /no time range that Superset reads/);
    const bare = await explain(...words, "English");
    assert.equal(bare.code, 2);
    assert.match(bare.text, /"English" is not NAME=VALUE/);
  });

  it("names the charts when one is unknown or is on several dashboards", async () => {
    const unknown = await explain("--role", "principal", "--school", "42", "--chart", "Nothing");
    assert.equal(unknown.code, 1);
    assert.match(unknown.text, /on no dashboard that is embedded: .*Average score@student-progress/);
  });
});
