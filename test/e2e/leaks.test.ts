import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { askChart, bodyOf } from "../leaks/charts.ts";
import { eachOf, Lab, told } from "../leaks/lab.ts";
import { roles } from "../leaks/people.ts";
import { strangers } from "../leaks/requests.ts";
import { rowsBy, ways } from "../leaks/rows.ts";

/** What fits `npm test`: one school of each tenant, the main ways. The rest is `npm run test:leaks`. */
let lab: Lab;
before(async () => {
  lab = await Lab.open([61, 201]);
});
after(() => lab.close());

describe("every dataset, for every role of two schools", () => {
  for (const way of ways.filter(({ name }) => ["forced", "from the cache"].includes(name)))
    it(`gives rows and numbers of the role alone, ${way.name}`, async () => {
      const findings = await rowsBy(lab, way);
      assert.ok(findings.every(({ status }) => status === 200));
      assert.deepEqual(findings.filter(({ leaked, lost }) => leaked.length + lost.length > 0).map(told), []);
    });

  it("refuses what the dashboard does not offer", async () => {
    const raw = lab.charts.filter((chart) => chart.dashboard === lab.probe.slug && !lab.probe.isVirtual(chart));
    const places = strangers.flatMap((attempt, index) =>
      roles.map((role, place) => ({ attempt, role, chart: raw[(index + place) % raw.length] })),
    );
    const wrong = await eachOf(places, async ({ attempt, role, chart }) => {
      const who = lab.guests.find((guest) => guest.role === role);
      assert.ok(who && chart);
      const { status, text } = await askChart(who, chart, attempt.body(chart));
      return status >= 400 && status < 500 && lab.canaries.strange(text, who).length === 0
        ? []
        : [`${role}, ${chart.name}, ${attempt.kind}: ${attempt.name} → ${status}`];
    });
    assert.deepEqual(wrong.flat(), []);
  });

  it("would notice a leak: another guest's answer is found out, by words and by numbers", async () => {
    const [own, other] = [lab.guests[0], lab.guests.at(-1)];
    assert.ok(own && other);
    for (const chart of lab.charts.filter(
      (entry) => !lab.probe.isVirtual(entry) && entry.dashboard !== "institutional-analytics",
    )) {
      const stolen = await askChart(own, chart, bodyOf(chart));
      const { leaked } = await lab.judge(other, chart, stolen);
      assert.ok(
        leaked.length > 0,
        `${chart.name}: a principal's answer passes for that of a student of another school`,
      );
    }
  });
});
