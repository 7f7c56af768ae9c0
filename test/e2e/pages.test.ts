import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser } from "playwright-core";
import { foreign, open, portalUrl, startBrowser } from "./browser.ts";
import { dashboardOf, guest, tokenOf } from "./guest.ts";
import { ask, embedOrigin, live, settings, urls } from "./live.ts";
import { expecting } from "../support/expecting.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

async function requestsOf(url: string): Promise<{ requested: string[]; stopped: string[]; html: string }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const requested: string[] = [];
  const stopped: string[] = [];
  page.on("requestfailed", (request) => {
    if (request.failure()?.errorText === "csp") stopped.push(request.url());
  });
  page.on("request", (request) => requested.push(request.url()));
  await page.goto(url, { waitUntil: "load" });
  await page.waitForTimeout(1_000);
  const html = await page.content();
  await context.close();
  return { requested: requested.filter((entry) => !stopped.includes(entry)), stopped, html };
}

describe("a rendered page asks no foreign host", () => {
  const pages: [string, () => string][] = [
    ["the portal", () => `${urls.portalTls}/`],
    ["the studio's login", () => `${urls.studioTls}/login/`],
    ["a page that is not there, on the studio", () => `${urls.studioTls}/nothing/here`],
    ["a page that is not there, on an embed host", () => `${embedOrigin}/nothing/here`],
    ["a refused embed", () => `${embedOrigin}/embedded/dashboard/student-progress?jwt=x`],
    ["an unknown embed", () => `${embedOrigin}/embedded/00000000-0000-4000-8000-000000000000`],
  ];
  for (const [name, url] of pages) {
    it(name, async () => {
      const { requested, stopped, html } = await requestsOf(url());
      expect(requested.length).toBeGreaterThan(0);
      expect(foreign(requested)).toStrictEqual([]);
      // Superset's menu builds a pixel of its maker's into every page; no setting removes it, our policy stops it in the browser.
      expect(stopped.filter((entry) => new URL(entry).hostname !== "apachesuperset.gateway.scarf.sh")).toStrictEqual(
        [],
      );
      expect(html).not.toMatch(
        /(?:src|href)="(?:https?:)?\/\/(?![a-z0-9.-]*\.?localhost)[^"]+\.(?:js|css|woff2?|png)/i,
      );
    });
  }
});

describe("the answers' headers", () => {
  it("let only the host product frame a dashboard", async () => {
    const token = tokenOf(await guest("student", 42));
    const answer = await ask(`${embedOrigin}/embedded/dashboard/student-progress?jwt=${token}`);
    const policy = String(answer.headers["content-security-policy"]);
    const ancestors = /frame-ancestors ([^;]+)/.exec(policy)?.[1] ?? "";
    expecting(policy, ancestors).toContain(`https://${settings.portalHost}`);
    expecting(policy, ancestors).not.toMatch(/\*|https:(\s|$)/);
    expect(policy).not.toMatch(/scarf|mapbox|googleapis|gstatic/);
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });

  it("speak HTTP/2 and TLS of today only", async () => {
    const { connect } = await import("node:tls");
    const negotiate = (options: object): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect(
          {
            host: settings.address,
            port: settings.ports.https,
            servername: settings.studioHost,
            ca: readFileSync(live.authority),
            ...options,
          },
          () => {
            resolve(`${socket.getProtocol()} ${String(socket.alpnProtocol)}`);
            socket.end();
          },
        );
        socket.once("error", () => resolve("refused"));
      });
    expect(await negotiate({ ALPNProtocols: ["h2", "http/1.1"] })).toBe("TLSv1.3 h2");
    expect(await negotiate({ maxVersion: "TLSv1.2", ALPNProtocols: ["h2"] })).toBe("TLSv1.2 h2");
    expect(await negotiate({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" })).toBe(
      "refused",
    );
  });
});

describe("logs", () => {
  it("hold no token, although tokens went by in addresses and headers", async () => {
    const who = await guest("student", 42);
    const token = tokenOf(who);
    await ask(`${embedOrigin}/embedded/dashboard/student-progress?jwt=${token}`);
    await ask(`${embedOrigin}/api/v1/me/roles/?jwt=${token}`);
    await ask(`${embedOrigin}/embedded/dashboard/student-progress?jwt=${token}x${"y".repeat(9_000)}`);
    const visit = await open(browser, portalUrl(who, dashboardOf.student, "url"));
    await visit.close();
    const logs = readdirSync(live.state.logs).map(
      (name) => [name, readFileSync(join(live.state.logs, name), "utf8")] as const,
    );
    const access = logs.find(([name]) => name === "nginx-access.log")?.[1] ?? "";
    expect(access).toMatch(/\/embedded\/dashboard\/student-progress/);
    for (const [name, text] of logs) {
      expecting(`${name} holds a token`, text).not.toContain(token.slice(0, 40));
      expecting(`${name} holds a token`, text).not.toMatch(/eyJ[\w-]{20,}\./);
      expecting(`${name} holds the query string`, text).not.toMatch(/[?&]jwt=[^[\s]/);
    }
  });
});
