import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { askChart, bodyOf } from "../leaks/charts.ts";
import { eachOf, Lab, told } from "../leaks/lab.ts";
import { roles } from "../leaks/people.ts";
import { strangers } from "../leaks/requests.ts";
import { rowsBy, ways } from "../leaks/rows.ts";
import { expecting } from "../support/expecting.ts";
import { present } from "../support/narrowing.ts";

/**
 * The laboratory of the attacks that fit `npm test`: one school of each tenant, the main ways. The rest is `npm run
 * test:leaks`.
 */
let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open([61, 201]);
});
afterAll(() => lab.close());

describe("every dataset, for every role of two schools", () => {
  for (const way of ways.filter(({ name }) => ["forced", "from the cache"].includes(name)))
    it(`gives rows and numbers of the role alone, ${way.name}`, async () => {
      const findings = await rowsBy(lab, way);
      expect(findings.filter(({ status }) => status !== 200)).toEqual([]);
      expect(findings.filter(({ leaked, lost }) => leaked.length + lost.length > 0).map(told)).toStrictEqual([]);
    });

  it("refuses what the dashboard does not offer", async () => {
    const raw = lab.charts.filter((chart) => chart.dashboard === lab.probe.slug && !lab.probe.isVirtual(chart));
    const places = strangers.flatMap((attempt, index) =>
      roles.map((role, place) => ({ attempt, role, chart: raw[(index + place) % raw.length] })),
    );
    const wrong = await eachOf(places, async ({ attempt, role, chart }) => {
      const who = lab.guests.find((guest) => guest.role === role);
      present(who);
      present(chart);
      const { status, text } = await askChart(who, chart, attempt.body(chart));
      return status >= 400 && status < 500 && lab.canaries.strange(text, who).length === 0
        ? []
        : [`${role}, ${chart.name}, ${attempt.kind}: ${attempt.name} → ${status}`];
    });
    expect(wrong.flat()).toStrictEqual([]);
  });

  it("would notice a leak: another guest's answer is found out, by words and by numbers", async () => {
    const [own, other] = [lab.guests[0], lab.guests.at(-1)];
    present(own);
    present(other);
    for (const chart of lab.charts.filter(
      (entry) => !lab.probe.isVirtual(entry) && entry.dashboard !== "institutional-analytics",
    )) {
      const stolen = await askChart(own, chart, bodyOf(chart));
      const { leaked } = await lab.judge(other, chart, stolen);
      expecting(
        `${chart.name}: a principal's answer passes for that of a student of another school`,
        leaked.length,
      ).toBeGreaterThan(0);
    }
  });
});
