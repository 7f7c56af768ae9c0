import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Guest, tokenOf } from "../e2e/guest.ts";
import { type Answer, ask, embedOrigin, guestHeader, rowsOf, urls } from "../e2e/live.ts";
import { contentId, embeddedUuid } from "../../contract/index.ts";
import { platform } from "../../contract/index.ts";
import { eachOf, Lab } from "./lab.ts";
import { named, somebody } from "./people.ts";
import { addressOf, type Application, application, type Route } from "./routes.ts";
import { expecting } from "../support/expecting.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "REPORT"];
const READS = new Set(["GET", "HEAD", "OPTIONS"]);

let lab: Lab;
let app: Application;
let known: Readonly<Record<string, string>>;

beforeAll(async () => {
  [lab, app] = await Promise.all([Lab.open(), application()]);
  const [first] = await rowsOf<{ chart: number; dashboard: number; dataset: number }>(
    platform.databases.metadata,
    `select (select min(id) from slices) as chart, (select min(id) from tables) as dataset,
       (select id from dashboards where slug = 'institutional-analytics') as dashboard`,
  );
  const id = String(first?.chart);
  known = {
    pk: id,
    id,
    slice_id: id,
    id_or_slug: "institutional-analytics",
    dashboard_id_or_slug: "institutional-analytics",
    slug: "institutional-analytics",
    datasource_id: String(first?.dataset),
    datasource_type: "table",
    column_name: "tutor_name",
    lang: "en",
    uuid: embeddedUuid("institutional-analytics"),
    uuid_str: contentId("database", "schools"),
    filename: "robots.txt",
    key: "x",
  };
});
afterAll(() => lab.close());

const shapeOf = ({ rule }: Route): string => rule.replaceAll(/<[^<>]+>/g, "<>");
const asked = (route: Route): { route: Route; method: string }[] => METHODS.map((method) => ({ route, method }));

function send(route: Route, method: string, origin: string, token?: string): Promise<Answer> {
  return ask(`${origin}${addressOf(route, known)}`, {
    method,
    headers: token === undefined ? {} : guestHeader(token),
    ...(READS.has(method) ? {} : { body: {} }),
  });
}

/** A browser's report of its own doings is neither read nor refused. */
const isBeacon = ({ endpoint }: Route, { status, text }: Answer): boolean =>
  endpoint === "Superset.log" && status === 204 && text === "";

const isRefusal = ({ status, text }: Answer, method: string): boolean =>
  [401, 403].includes(status) && (method === "HEAD" || text.includes("HOMEROOM_REFUSED"));

describe("every route of the application, by every method", () => {
  it("is known to this suite", () => {
    expecting(`only ${app.routes.length} routes`, app.routes.length).toBeGreaterThan(250);
    const endpoints = new Set(app.routes.map(({ endpoint }) => endpoint));
    for (const endpoint of app.guest)
      expecting(`${endpoint} is open to guests and does not exist`, endpoints).toContain(endpoint);
  });

  it("is refused to a guest unless it is listed", async () => {
    const guests = lab.guests.filter(({ role }) => role !== "teacher");
    // Several endpoints share an address; what one of them offers there is offered.
    const offered = new Set(
      app.routes
        .filter(({ endpoint }) => app.guest.includes(endpoint))
        .flatMap((route) =>
          METHODS.filter((method) => READS.has(method) || app.writes.includes(route.endpoint))
            .filter(
              (method) => method === "OPTIONS" || route.methods.includes(method) || app.writes.includes(route.endpoint),
            )
            .map((method) => `${method} ${shapeOf(route)}`),
        ),
    );
    const attempts = app.routes
      .flatMap(asked)
      .filter(({ route, method }) => !offered.has(`${method} ${shapeOf(route)}`));
    const wrong = await eachOf(attempts, async ({ route, method }) => {
      const who = guests[route.rule.length % guests.length] as Guest;
      const answer = await send(
        route,
        method,
        embedOrigin,
        tokenOf(who, { ...somebody(), dashboard: "institutional-analytics" }),
      );
      // nginx serves built files itself and knows no other method there.
      const isFile = route.rule.startsWith("/static/") && [403, 404, 405].includes(answer.status);
      return isRefusal(answer, method) || isFile || isBeacon(route, answer)
        ? []
        : [`${named(who)}: ${method} ${route.rule} (${route.endpoint}) → ${answer.status}`];
    });
    expect(wrong.flat()).toStrictEqual([]);
    console.log(`${attempts.length} attempts on ${app.routes.length} routes`);
  });

  it("is refused without a token on an embed host unless anybody may call it", async () => {
    const attempts = app.routes
      .flatMap(asked)
      .filter(({ route, method }) => !(app.open.includes(route.endpoint) && READS.has(method)))
      .filter(({ route }) => !route.rule.startsWith("/static/"));
    const wrong = await eachOf(attempts, async ({ route, method }) => {
      const answer = await send(route, method, embedOrigin);
      return isRefusal(answer, method) || isBeacon(route, answer)
        ? []
        : [`${method} ${route.rule} (${route.endpoint}) → ${answer.status}`];
    });
    expect(wrong.flat()).toStrictEqual([]);
    console.log(`${attempts.length} attempts`);
  });

  it("that is open to guests gives away nothing of other schools, whoever asks where", async () => {
    const listed = app.routes.filter(({ endpoint }) => app.guest.includes(endpoint));
    for (const origin of [embedOrigin, urls.studioTls]) {
      const attempts = listed.flatMap(asked).flatMap((entry) => lab.guests.map((who) => ({ ...entry, who })));
      const wrong = await eachOf(attempts, async ({ route, method, who }) => {
        const answer = await send(
          route,
          method,
          origin,
          tokenOf(who, { ...somebody(), dashboard: "institutional-analytics" }),
        );
        const strange = lab.canaries.strange(`${answer.text}${JSON.stringify(answer.headers)}`, who);
        return answer.status < 500 && strange.length === 0 && answer.headers["set-cookie"] === undefined
          ? []
          : [`${named(who)}: ${method} ${route.rule} → ${answer.status} ${strange.join()}`];
      });
      expect(wrong.flat()).toStrictEqual([]);
    }
  });

  it("that names a dashboard opens the token's alone", async () => {
    const places = app.routes.filter(
      ({ endpoint, methods }) =>
        app.guest.includes(endpoint) && /^(Dashboard|Embedded)/.test(endpoint) && methods.includes("GET"),
    );
    expect(places.length).toBeGreaterThanOrEqual(5);
    for (const who of lab.guests)
      for (const route of places) {
        const { status } = await send(
          route,
          "GET",
          embedOrigin,
          tokenOf(who, { ...somebody(), dashboard: "student-progress" }),
        );
        expecting(`${named(who)}: ${route.rule} → ${status}`, [403, 404]).toContain(status);
      }
  });
});
