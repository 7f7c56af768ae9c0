import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import express, { type ErrorRequestHandler, type Express, type Request } from "express";
import { embedHandler, type EmbedHandlerProps } from "../../embed/embed-handler.ts";
import type { Embed, EmbedRequest } from "../../embed/homeroom.ts";
import { principal } from "./people.ts";
import { expecting } from "../support/expecting.ts";

const embed: Embed = { token: "t.t.t", expiresAt: 9, embedUrl: "u", embedOrigin: "o", embeddedUuid: "e" };
const product = "https://app.school.example";

interface SignedIn extends Request {
  user?: string;
}

describe("the embed handler in Express", () => {
  let app: Express;
  let server: Server | undefined;
  let asked: EmbedRequest[];
  let failures: unknown[];

  beforeEach(() => {
    [asked, failures] = [[], []];
    app = express();
  });
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  const handler = (changes: Partial<EmbedHandlerProps<SignedIn>> = {}) =>
    embedHandler<SignedIn>({
      homeroom: {
        embed: (request) => {
          asked.push(request);
          return Promise.resolve(embed);
        },
      },
      who: (request) =>
        request.user === "ada" && request.get("cookie") === "session=1"
          ? { person: principal, tenant: "north", dashboards: ["student-progress"] }
          : undefined,
      report: (error) => failures.push(error),
      ...changes,
    });

  const session = (request: SignedIn, _response: unknown, next: () => void): void => {
    if (request.headers.cookie === "session=1") request.user = "ada";
    next();
  };

  async function serve(): Promise<string> {
    const report: ErrorRequestHandler = (error: unknown, _request, response, next) => {
      failures.push(error);
      if (response.headersSent) return next(error);
      response.status(error instanceof Error && "status" in error ? Number(error.status) : 500).json({ by: "product" });
    };
    app.use(report);
    await new Promise<void>((resolve) => (server = app.listen(0, "127.0.0.1", () => resolve())));
    return `http://127.0.0.1:${(server?.address() as AddressInfo).port}`;
  }

  const post = (url: string, body = '{"dashboard":"student-progress"}', headers: Record<string, string> = {}) =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", cookie: "session=1", ...headers },
      body,
    });

  const bodyReaders = {
    "no reader of bodies": undefined,
    "express.json()": express.json(),
    "every reader of Express": [
      express.json({ strict: false }),
      express.urlencoded({ extended: true }),
      express.text(),
      express.raw(),
    ],
  };

  for (const [name, readers] of Object.entries(bodyReaders)) {
    it(`answers on a route of a router, behind the product's session and ${name}`, async () => {
      if (readers !== undefined) app.use(readers);
      const router = express.Router();
      router.post("/dashboards", session, handler());
      app.use("/api", router);
      const url = `${await serve()}/api/dashboards`;
      const response = await post(url);
      expect(response.status).toBe(200);
      expect(await response.json()).toStrictEqual(embed);
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(asked).toStrictEqual([{ person: principal, tenant: "north", dashboard: "student-progress" }]);
      expect((await post(url, undefined, { cookie: "session=2" })).status).toBe(401);
      expect((await post(url, '{"dashboard":"institutional-analytics"}')).status).toBe(403);
      expect((await post(url, undefined, { origin: "https://evil.example" })).status).toBe(403);
      expect((await post(url, "dashboard=x", { "content-type": "application/x-www-form-urlencoded" })).status).toBe(
        415,
      );
      for (const body of ["", "[]", "{}", '{"dashboard":1}']) expecting(body, (await post(url, body)).status).toBe(400);
      expect((await post(url, "{")).status).toBe(400);
      expect(asked).toHaveLength(1);
    });
  }

  it("says what to send when another middleware took the body away, or made a text of it", async () => {
    app.post("/text", express.text({ type: "*/*" }), session, handler());
    app.post("/gone", (request, _response, next) => void request.resume().on("end", next), session, handler());
    const url = await serve();
    for (const path of ["/text", "/gone"]) expecting(path, (await post(url + path)).status).toBe(400);
    expect(failures).toStrictEqual([]);
  });

  it("keeps a failure to itself, and leaves what it cannot answer to the product's error handler", async () => {
    const failure = new Error("no active key of issuer https://internal.example");
    app.post("/failing", session, handler({ homeroom: { embed: () => Promise.reject(failure) } }));
    app.post(
      "/answered",
      (_request, response, next) => {
        response.json({ by: "middleware" });
        next();
      },
      session,
      handler(),
    );
    const url = await serve();
    const response = await post(`${url}/failing`);
    expect(response.status).toBe(502);
    expect(await response.text()).not.toMatch(/internal|product/);
    expect(failures.splice(0)).toStrictEqual([failure]);
    expect(await (await post(`${url}/answered`)).json()).toStrictEqual({ by: "middleware" });
    while (failures.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(String(failures[0])).toMatch(/ERR_HTTP_HEADERS_SENT|headers/i);
  });

  it("answers the preflight of a declared origin when it is mounted for all methods", async () => {
    app.all("/dashboards", session, handler({ origins: [product] }));
    const url = `${await serve()}/dashboards`;
    const headers = { origin: product, "sec-fetch-site": "same-site" };
    const preflight = await fetch(url, { method: "OPTIONS", headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe(product);
    expect((await post(url, undefined, headers)).headers.get("access-control-allow-origin")).toBe(product);
    expect((await fetch(url)).status).toBe(405);
  });
});
