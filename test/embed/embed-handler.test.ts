import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { EmbedError } from "../../embed/embed-error.ts";
import { embedHandler, type EmbedHandlerProps, type Visitor } from "../../embed/embed-handler.ts";
import type { Embed, EmbedRequest } from "../../embed/homeroom.ts";
import { principal } from "./people.ts";
import { expecting } from "../support/expecting.ts";

const embed: Embed = { token: "t.t.t", expiresAt: 9, embedUrl: "u", embedOrigin: "o", embeddedUuid: "e" };
const visitor: Visitor = { person: principal, tenant: "north", dashboards: ["student-progress"] };

describe("the embed handler", () => {
  let server: Server | undefined;
  let asked: EmbedRequest[] = [];
  let reported: unknown[] = [];

  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    asked = [];
    reported = [];
  });

  const handler = (changes: Partial<EmbedHandlerProps> = {}) =>
    embedHandler({
      homeroom: {
        embed: (request) => {
          asked.push(request);
          return Promise.resolve(embed);
        },
      },
      who: (request) => (request.headers.cookie === "session=1" ? visitor : undefined),
      report: (error) => reported.push(error),
      ...changes,
    });

  async function serve(listener: RequestListener): Promise<string> {
    server = createServer(listener);
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const post = (url: string, headers: Record<string, string> = {}, body = '{"dashboard":"student-progress"}') =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", cookie: "session=1", ...headers },
      body,
    });

  it("hands the visitor their embed, which nobody may keep", async () => {
    const response = await post(await serve((request, answer) => void handler()(request, answer)));
    expect(response.status).toBe(200);
    expect(await response.json()).toStrictEqual(embed);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
    expect(asked).toStrictEqual([{ person: principal, tenant: "north", dashboard: "student-progress" }]);
  });

  it("answers 401 to nobody and 403 for a dashboard that is not theirs, and asks for no token", async () => {
    const url = await serve((request, response) => void handler()(request, response));
    expect((await post(url, { cookie: "session=2" })).status).toBe(401);
    expect((await post(url, {}, '{"dashboard":"institutional-analytics"}')).status).toBe(403);
    expect(asked).toStrictEqual([]);
  });

  it("refuses foreign pages, forms and other methods", async () => {
    const url = await serve((request, response) => void handler()(request, response));
    expect((await post(url, { origin: new URL(url).origin })).status).toBe(200);
    expect((await post(url, { origin: "https://evil.example" })).status).toBe(403);
    expect((await post(url, { origin: "null" })).status).toBe(403);
    expect((await post(url, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await post(url, { "sec-fetch-site": "same-site", origin: new URL(url).origin })).status).toBe(403);
    expect((await post(url, { "content-type": "text/plain" })).status).toBe(415);
    expect((await post(url, { "content-type": "application/jsonx" })).status).toBe(415);
    expect((await fetch(url, { headers: { cookie: "session=1" } })).status).toBe(405);
    expect(asked).toHaveLength(1);
  });

  it("answers the declared origins, with cookies, and no others", async () => {
    const app = "https://app.school.example";
    const url = await serve((request, response) => void handler({ origins: [app] })(request, response));
    const preflight = await fetch(url, { method: "OPTIONS", headers: { origin: app, "sec-fetch-site": "same-site" } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-headers")).toBe("content-type");
    const allowed = await post(url, { origin: app, "sec-fetch-site": "same-site" });
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get("access-control-allow-origin")).toBe(app);
    expect(allowed.headers.get("vary")).toBe("origin");
    const other = await post(url, { origin: "https://app.school.example.evil", "sec-fetch-site": "cross-site" });
    expect(other.status).toBe(403);
    expect(other.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("refuses bodies that name no dashboard", async () => {
    const url = await serve((request, response) => void handler()(request, response));
    for (const body of ["", "{", "[]", "{}", "null", '{"dashboard":1}']) {
      expecting(body, (await post(url, {}, body)).status).toBe(400);
    }
    expect((await post(url, {}, `{"dashboard":"${"x".repeat(5000)}"}`)).status).toBe(413);
  });

  it("keeps the reason of a failure for the log", async () => {
    const broken = (error: Error) => handler({ homeroom: { embed: () => Promise.reject(error) } });
    const secret = "no active key of issuer https://internal.example";
    for (const error of [new EmbedError({ code: "no_key", message: secret }), new TypeError(secret)]) {
      const url = await serve((request, response) => void broken(error)(request, response));
      const response = await post(url);
      expect(response.status).toBe(502);
      expect(await response.text()).not.toMatch(/internal/);
      expect(reported.at(-1)).toBe(error);
      server?.close();
    }
    const throwing = handler({ who: () => Promise.reject(new Error("the session store is down")) });
    expect((await post(await serve((request, response) => void throwing(request, response)))).status).toBe(502);
  });
});
