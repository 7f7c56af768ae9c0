import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { readPolicy } from "../../runtime/policy/compiler/compile.ts";
import { askChart, bodyOf } from "./charts.ts";
import { Lab, told } from "./lab.ts";
import { roles } from "./people.ts";
import { rowsBy, ways } from "./rows.ts";
import { expecting } from "../support/expecting.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

describe("every row and number comes from rows that the role may see", () => {
  it("of every dataset of the policy, so that none escapes the tests below", () => {
    const tables = new Set(lab.charts.map(({ table }) => `public.${table}`));
    for (const [dataset, { table }] of readPolicy().datasets)
      expecting(`no chart asks ${dataset}`, tables).toContain(table);
  });

  for (const way of ways) {
    it(way.name, async () => {
      // Each guest fills and asks the cache; the other ways are the same code for every school.
      const guests = lab.guests.filter(({ school }) => way.everybody || [62, 201].includes(school));
      const findings = await rowsBy(lab, way, guests);
      expecting("hardly any chart was asked", findings.length).toBeGreaterThanOrEqual(guests.length);
      expect(findings.filter(({ leaked, lost }) => leaked.length + lost.length > 0).map(told)).toStrictEqual([]);
      for (const role of roles)
        expect(findings.some(({ who, status }) => who.role === role && status === 200)).toBe(true);
      const refused = findings.filter(({ status }) => status !== 200);
      expecting("legitimate use was refused", refused.map(told)).toStrictEqual([]);
      console.log(`${findings.length} answers compared with the database`);
    });
  }

  it("and nobody sees a virtual dataset, which no policy names", async () => {
    const asked = lab.charts.filter((chart) => lab.probe.isVirtual(chart));
    expect(asked.length).toBeGreaterThanOrEqual(3);
    for (const chart of asked)
      for (const who of lab.guests) {
        const { status, text } = await askChart(who, chart, bodyOf(chart));
        expecting(text.slice(0, 300), status).toBe(200);
        expect(text).toMatch(/"rowcount":\s*0\b/);
      }
  });
});
