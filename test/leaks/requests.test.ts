import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { readPolicy } from "../../runtime/policy/compiler/compile.ts";
import type { Guest } from "../e2e/guest.ts";
import type { SavedChart } from "./charts.ts";
import { eachOf, type Finding, Lab, told } from "./lab.ts";
import { roles } from "./people.ts";
import { additions, type Attempt, declared, strangers } from "./requests.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

/** One raw chart of every dataset for every role, the schools in turn. */
function victims(index: number): { chart: SavedChart; who: Guest }[] {
  const raw = lab.charts.filter((chart) => chart.dashboard === lab.probe.slug && !lab.probe.isVirtual(chart));
  expect(raw).toHaveLength(readPolicy().datasets.size);
  return raw.flatMap((chart, place) =>
    roles.flatMap((role) => {
      const guests = lab.guests.filter((who) => who.role === role);
      const who = guests[(index + place) % guests.length];
      return who === undefined ? [] : [{ chart, who }];
    }),
  );
}

async function attempted(
  { body, as }: Attempt,
  places: readonly { chart: SavedChart; who: Guest }[],
): Promise<Finding[]> {
  return eachOf(places, ({ chart, who }) => lab.attempt(who, chart, body(chart), as?.(chart)));
}

describe("a question that the dashboard does not offer is refused, for every dataset and role", () => {
  strangers.forEach((attempt, index) =>
    it(`${attempt.kind}: ${attempt.name}`, async () => {
      const findings = await attempted(attempt, victims(index));
      expect(
        findings.filter(({ status, leaked }) => status < 400 || status > 499 || leaked.length > 0).map(told),
      ).toStrictEqual([]);
    }),
  );
});

describe("what is added to a question changes no row of its answer", () => {
  additions.forEach((attempt, index) =>
    it(`${attempt.kind}: ${attempt.name}`, async () => {
      const findings = await attempted(attempt, victims(index));
      expect(findings.filter(({ status, leaked }) => status > 499 || leaked.length > 0).map(told)).toStrictEqual([]);
    }),
  );
});

describe("a value of a declared filter selects among the guest's rows", () => {
  declared.forEach((attempt, index) =>
    it(`${attempt.kind}: ${attempt.name}`, async () => {
      const charts = lab.charts.filter(({ dashboard }) => dashboard !== lab.probe.slug);
      const places = roles.flatMap((role, place) => {
        const guests = lab.guests.filter((who) => who.role === role);
        const [chart, who] = [charts[(index * 5 + place * 7) % charts.length], guests[(index + place) % guests.length]];
        return chart === undefined || who === undefined ? [] : [{ chart, who }];
      });
      const findings = await attempted(attempt, places);
      expect(findings.filter(({ status, leaked }) => status > 499 || leaked.length > 0).map(told)).toStrictEqual([]);
    }),
  );
});
