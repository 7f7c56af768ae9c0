import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { type Guest, guest, tokenOf } from "../e2e/guest.ts";
import { type Answer, ask, embedOrigin, guestHeader, live } from "../e2e/live.ts";
import { filesBelow } from "../support/files-below.ts";
import { expecting } from "../support/expecting.ts";
import { bodyOf, type SavedChart, savedCharts } from "./charts.ts";
import { operators } from "./odd-inputs.ts";
import { Studio } from "./studio.ts";

/** Letters alone: no part of a request may be taken for a number or a name that is allowed. */
const CANARY = `qzx${"abcdefgh"
  .split("")
  .map((letter) => String.fromCharCode(letter.charCodeAt(0) + (Date.now() % 9)))
  .join("")}canary`;
const USER = 7_654_321_987;

let who: Guest;
let charts: readonly SavedChart[];
let studio: Studio;

beforeAll(async () => {
  [who, charts, studio] = [await guest("principal", 61), await savedCharts(), await Studio.signIn()];
});

const asGuest = (dashboard: string, path: string, body?: unknown): Promise<Answer> =>
  ask(`${embedOrigin}${path}`, {
    headers: {
      ...guestHeader(
        tokenOf(who, {
          dashboard,
          user_id: USER,
          username: CANARY,
          first_name: CANARY,
          last_name: CANARY,
          email: `${CANARY}@school.example`,
        }),
      ),
      referer: `https://${CANARY}.example/?jwt=${CANARY}`,
    },
    ...(body === undefined ? {} : { method: "POST", body }),
  });

/** Every file below the stack's logs that holds the text, by name. */
function logsWith(text: string): string[] {
  return filesBelow(live.state.logs).filter((file) => readFileSync(file, "utf8").includes(text));
}

describe("what was typed, and who typed it", () => {
  it("reaches no log by any path that fails", async () => {
    const seen = [...new Map(charts.map((chart) => [chart.table, chart])).values()];
    for (const chart of seen) {
      for (const op of operators) {
        const filters = ["subject_area", "year_level", "given_on", "rating"].map((col) => ({ col, op, val: CANARY }));
        for (const filter of filters)
          await asGuest(
            chart.dashboard,
            "/api/v1/chart/data",
            bodyOf(chart, (query) => ({ ...query, filters: [filter], time_range: CANARY })),
          );
      }
      await asGuest(
        chart.dashboard,
        "/api/v1/chart/data",
        bodyOf(chart, (query) => ({ ...query, columns: [CANARY], orderby: [[CANARY, true]] })),
      );
    }
    const dashboard = seen[0]?.dashboard ?? "";
    for (const path of [`/api/v1/time_range/?q='${CANARY}'`, `/api/v1/dashboard/${CANARY}`, `/${CANARY}?x=${CANARY}`])
      await asGuest(dashboard, path);
    await asGuest(dashboard, "/superset/log/?explode=events", { events: JSON.stringify([{ source: CANARY }]) });
    await asGuest(dashboard, "/api/v1/chart/data", `{"${CANARY}`);
    await ask(`${embedOrigin}/embedded/dashboard/${dashboard}?jwt=${CANARY}`);
    await ask(`${embedOrigin}/api/v1/me/`, { headers: guestHeader(`${CANARY}.${CANARY}.${CANARY}`) });
    for (const sql of [
      `select '${CANARY}'::int as a`,
      `select nothing from public.assessments where tutor_name = '${CANARY}'`,
      `select '${CANARY}`,
    ])
      await studio
        .call("POST", "/api/v1/dataset/", { database: 1, schema: "public", table_name: CANARY, sql })
        .catch(() => undefined);
    await sleep(2_000);
    const paths = logsWith(CANARY).filter((file) => !file.includes("nginx-access"));
    expecting("logs with what was typed", paths).toStrictEqual([]);
    expecting("logs with the number of a user", logsWith(String(USER))).toStrictEqual([]);
  });

  it("is not what the answer quotes: a failing chart tells the request and nothing of the query", async () => {
    const [chart] = charts;
    expect(chart).toBeDefined();
    const answer = await asGuest(chart?.dashboard ?? "", "/api/v1/dashboard/x/charts");
    expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f]{16}$/);
  });
});
