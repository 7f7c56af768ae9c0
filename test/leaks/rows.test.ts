import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { readPolicy } from "../../runtime/policy/compiler/compile.ts";
import { askChart, bodyOf } from "./charts.ts";
import { Lab, told } from "./lab.ts";
import { roles } from "./people.ts";
import { rowsBy, ways } from "./rows.ts";

let lab: Lab;
before(async () => {
  lab = await Lab.open();
});
after(() => lab.close());

describe("every row and number comes from rows that the role may see", () => {
  it("of every dataset of the policy, so that none escapes the tests below", () => {
    const tables = new Set(lab.charts.map(({ table }) => `public.${table}`));
    for (const [dataset, { table }] of readPolicy().datasets) assert.ok(tables.has(table), `no chart asks ${dataset}`);
  });

  for (const way of ways) {
    it(way.name, async (context) => {
      // Each guest fills and asks the cache; the other ways are the same code for every school.
      const guests = lab.guests.filter(({ school }) => way.everybody || [62, 201].includes(school));
      const findings = await rowsBy(lab, way, guests);
      assert.ok(findings.length >= guests.length, "hardly any chart was asked");
      assert.deepEqual(findings.filter(({ leaked, lost }) => leaked.length + lost.length > 0).map(told), []);
      for (const role of roles) assert.ok(findings.some(({ who, status }) => who.role === role && status === 200));
      const refused = findings.filter(({ status }) => status !== 200);
      assert.deepEqual(refused.map(told), [], "legitimate use was refused");
      context.diagnostic(`${findings.length} answers compared with the database`);
    });
  }

  it("and nobody sees a virtual dataset, which no policy names", async () => {
    const asked = lab.charts.filter((chart) => lab.probe.isVirtual(chart));
    assert.ok(asked.length >= 3);
    for (const chart of asked)
      for (const who of lab.guests) {
        const { status, text } = await askChart(who, chart, bodyOf(chart));
        assert.equal(status, 200, text.slice(0, 300));
        assert.match(text, /"rowcount":\s*0\b/);
      }
  });
});
