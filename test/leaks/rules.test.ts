import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Guest, tokenOf } from "../e2e/guest.ts";
import { type Answer, ask, embedOrigin, guestHeader } from "../e2e/live.ts";
import { bodyOf, type SavedChart } from "./charts.ts";
import { eachOf, type Finding, Lab, told } from "./lab.ts";
import { underRule } from "./rules.ts";
import { expecting } from "../support/expecting.ts";

const clause = "school_id = {{ claim('school_id') }} and subject_area = {{ claim('subject_area') }}";
const areas = ["Mathematics", "Science"] as const;

let lab: Lab;
let charts: readonly SavedChart[];
beforeAll(async () => {
  lab = await Lab.open();
  charts = lab.charts.filter((chart) => chart.table === "assessments" && !lab.probe.isVirtual(chart));
});
afterAll(() => lab.close());

function asked(who: Guest, chart: SavedChart, force: boolean, subject: string | null): Promise<Answer> {
  return ask(`${embedOrigin}/api/v1/chart/data`, {
    method: "POST",
    headers: guestHeader(tokenOf(who, { dashboard: chart.dashboard, subject_area: subject })),
    body: bodyOf(chart, undefined, force),
  });
}

/** The same question with the rule as a filter: its rows are those that the rule leaves the guest. */
async function findingOf(who: Guest, chart: SavedChart, force: boolean, subject: string): Promise<Finding> {
  const rule = { col: "subject_area", op: "==", val: subject };
  const as = bodyOf(chart, (query) => ({ ...query, filters: [...(query["filters"] as object[]), rule] }));
  return lab.judge(who, chart, await asked(who, chart, force, subject), as);
}

describe("a rule of rows that an administrator made with claim()", () => {
  it("holds for every role of every school, in turns, forced and from the cache that others filled", async () => {
    expect(charts.length).toBeGreaterThanOrEqual(5);
    expect(charts.some(({ dashboard }) => dashboard === lab.probe.slug)).toBe(true);
    const places = charts.flatMap((chart) => lab.guests.map((who, index) => ({ chart, who, index })));
    const turn = (force: boolean): Promise<Finding[]> =>
      eachOf(places, ({ chart, who, index }) =>
        findingOf(who, chart, force, areas[(index + Number(force)) % 2] ?? areas[0]),
      );
    const findings = await underRule(lab.studio, clause, ["assessments"], async () => [
      ...(await turn(true)),
      ...(await turn(false)),
      ...(await turn(false)),
    ]);
    expect(
      findings.filter(({ status, leaked, lost }) => status !== 200 || leaked.length + lost.length > 0).map(told),
    ).toStrictEqual([]);
    console.log(`${findings.length} answers compared with the database`);
  });

  it("is bound for each guest: two who differ in its claim alone are not given each other's answer", async () => {
    await underRule(lab.studio, clause, ["assessments"], async () => {
      for (const chart of charts.filter(({ dashboard }) => dashboard === lab.probe.slug))
        for (const who of lab.guests.filter(({ role }) => role === "principal")) {
          const shown = await Promise.all(areas.map((area) => asked(who, chart, false, area)));
          for (const [index, { text }] of shown.entries()) {
            expect(text).toContain(areas[index] ?? "?");
            expecting(`${areas[index]} is shown ${areas[1 - index]}`, text).not.toContain(areas[1 - index] ?? "?");
          }
        }
    });
  });

  it("shows no row to a guest without its claim, whatever lies in the cache", async () => {
    await underRule(lab.studio, clause, ["assessments"], async () => {
      for (const chart of charts.filter(({ dashboard }) => dashboard === lab.probe.slug))
        for (const who of lab.guests) {
          await asked(who, chart, false, areas[0]);
          const { status, text } = await asked(who, chart, false, null);
          expecting(text.slice(0, 200), status).toBe(200);
          expect(text).toMatch(/"rowcount":\s*0\b/);
        }
    });
  });
});
