import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser } from "playwright-core";
import { comesToShow, open, portalUrl, startBrowser, type Visit } from "./browser.ts";
import { type Guest, guest } from "./guest.ts";
import { figure, rows } from "./live.ts";
import { expecting } from "../support/expecting.ts";

const average = "select avg(score) from assessments where school_id = $1";

let browser: Browser;
let principal: Guest;
let visit: Visit;
beforeAll(async () => {
  browser = await startBrowser();
  principal = await guest("principal", 42);
  visit = await open(browser, portalUrl(principal, "institutional-analytics", "sdk"));
});
afterAll(async () => {
  await visit.close();
  await browser.close();
});

async function shows(title: string, sql: string, values: readonly unknown[]): Promise<void> {
  await comesToShow(visit.frame, title, await figure(sql, values));
}

describe("what a guest clicks", () => {
  const applied = () => visit.frame.getByRole("button", { name: "Apply filters" }).click();

  it("filters by a subject, out of the values of its own school", async () => {
    const { frame } = visit;
    await frame.locator("[data-test='filter-bar__expand-button']").first().click();
    await frame.locator("[data-test='filter-bar'] .ant-select").first().click();
    await frame.locator(".ant-select-item-option").first().waitFor();
    const offered = await frame.locator(".ant-select-item-option").allInnerTexts();
    const [row] = await rows<{ areas: string[] }>(
      "select array_agg(distinct subject_area order by subject_area) as areas from assessments where school_id = 42",
    );
    expect(offered).toStrictEqual(row?.areas);
    await frame.locator(".ant-select-item-option", { hasText: "Science" }).first().click();
    await applied();
    await shows("Average score", `${average} and subject_area = $2`, [42, "Science"]);
  });

  it("goes back to everything that is theirs", async () => {
    await visit.frame.getByRole("button", { name: "Clear all" }).click();
    await shows("Average score", average, [42]);
  });

  it("filters every chart by a teacher in a table, as a cross-filter, and lets go of it", async () => {
    const cell = visit.frame.locator(".chart-slice table tbody td").first();
    const teacher = (await cell.innerText()).trim();
    await cell.click();
    await shows("Average score", `${average} and tutor_name = $2`, [42, teacher]);
    await visit.frame.locator(".chart-slice table tbody td").first().click();
    await shows("Average score", average, [42]);
  });

  it("was answered each time", () => {
    const answers = visit.answers.map(({ status, text }) => ({ status, text: text.slice(0, 200) }));
    expect(answers.filter(({ status }) => status !== 200)).toStrictEqual([]);
    expecting(`only ${answers.length} charts were asked for`, answers.length).toBeGreaterThan(12);
    expect(visit.problems).toStrictEqual([]);
  });
});
