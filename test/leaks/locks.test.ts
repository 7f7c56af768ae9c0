import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { readPolicy } from "../../runtime/policy/compiler/compile.ts";
import { bodyOf } from "./charts.ts";
import { eachOf, type Finding, Lab, told } from "./lab.ts";
import { Locks } from "./locks.ts";
import { roles } from "./people.ts";
import { underRule } from "./rules.ts";
import { expecting } from "../support/expecting.ts";
import { present } from "../support/narrowing.ts";

let lab: Lab;
let locks: Locks;
beforeAll(async () => {
  lab = await Lab.open([61, 161, 201]);
  locks = await Locks.of();
});
afterAll(async () => {
  await locks.close();
  await lab.close();
});

/** The same questions with the same oracle whichever lock is open; raw rows twice, the second time from the cache. */
async function everything(): Promise<Finding[]> {
  const places = lab.charts.flatMap((chart) => lab.guests.map((who) => ({ chart, who })));
  const raw = places.filter(({ chart }) => chart.dashboard === lab.probe.slug);
  const ask = (these: typeof places, force: boolean): Promise<Finding[]> =>
    eachOf(
      these,
      ({ chart, who }) => lab.attempt(who, chart, bodyOf(chart, undefined, force), undefined, locks.origin),
      4,
    );
  return [...(await ask(places, true)), ...(await ask(raw, false))];
}

const leaking = (findings: readonly Finding[]): string[] =>
  findings.filter(({ leaked }) => leaked.length > 0).map(told);
const answered = (findings: readonly Finding[]): number => findings.filter(({ status }) => status === 200).length;

describe("either lock alone holds", () => {
  it("the policy's clauses, with row security off in the database", async () => {
    locks.shutFirst();
    await locks.openSecond();
    const findings = await everything().finally(() => locks.shutSecond());
    expect(leaking(findings)).toStrictEqual([]);
    expect(answered(findings)).toBe(findings.length);
    console.log(`${findings.length} answers compared with the database`);
  });

  it("the database's row security, with no clause of the policy in any query", async () => {
    locks.openFirst();
    const findings = await everything().finally(() => locks.shutFirst());
    expect(leaking(findings)).toStrictEqual([]);
    expect(answered(findings)).toBe(findings.length);
    console.log(`${findings.length} answers compared with the database`);
  });
});

describe("with both locks open", () => {
  it("a rule that an administrator made with claim() keeps the schools apart by itself", async () => {
    locks.openFirst();
    await locks.openSecond();
    // It names no class and no student, so that it leaves a principal exactly what the policy does.
    const principals = lab.guests.filter(({ role }) => role === "principal");
    const charts = lab.charts.filter((chart) => !lab.probe.isVirtual(chart));
    const places = charts.flatMap((chart) => principals.map((who) => ({ chart, who })));
    const ask = (force: boolean): Promise<Finding[]> =>
      eachOf(
        places,
        ({ chart, who }) => lab.attempt(who, chart, bodyOf(chart, undefined, force), undefined, locks.origin),
        4,
      );
    const datasets = [...readPolicy().datasets.keys()];
    const findings = await underRule(lab.studio, "school_id = {{ claim('school_id') }}", datasets, async () => [
      ...(await ask(true)),
      ...(await ask(false)),
    ]).finally(async () => {
      locks.shutFirst();
      await locks.shutSecond();
    });
    expect(findings.filter(({ leaked, lost }) => leaked.length + lost.length > 0).map(told)).toStrictEqual([]);
    expect(answered(findings)).toBe(findings.length);
    console.log(`${findings.length} answers compared with the database`);
  });
});

describe("with neither lock this suite goes red", () => {
  it("for every dataset and role, by canaries and by numbers", async () => {
    locks.openFirst();
    await locks.openSecond();
    const places = lab.charts.flatMap((chart) => lab.guests.map((who) => ({ chart, who })));
    const findings = await eachOf(
      places,
      ({ chart, who }) => lab.attempt(who, chart, bodyOf(chart), undefined, locks.origin),
      4,
    ).finally(async () => {
      locks.shutFirst();
      await locks.shutSecond();
    });
    for (const [dataset, { table }] of readPolicy().datasets)
      for (const role of roles) {
        const found = findings.filter(({ who, chart }) => who.role === role && `public.${chart.table}` === table);
        expecting(`${role} on ${dataset}: nothing leaked`, found.length).toBeGreaterThan(0);
        expecting(
          `${role} on ${dataset}: nothing leaked`,
          found.filter(({ leaked }) => leaked.length === 0),
        ).toEqual([]);
      }
    const words = findings.flatMap(({ leaked }) => leaked).filter((text) => text.startsWith("canary-"));
    const numbers = findings.flatMap(({ leaked }) => leaked).filter((text) => /^[\d.-]+$/.test(text));
    expect(words.length).toBeGreaterThan(0);
    expect(numbers.length).toBeGreaterThan(0);
    console.log(`${leaking(findings).length} of ${findings.length} answers leaked, as they must`);
  });

  it("and is green again when both are shut", async () => {
    const [chart] = lab.charts.filter(({ name }) => name.endsWith("probe: finances"));
    present(chart);
    for (const who of lab.guests) {
      const { leaked, lost } = await lab.attempt(who, chart, bodyOf(chart), undefined, locks.origin);
      expect([...leaked, ...lost]).toStrictEqual([]);
    }
  });
});
