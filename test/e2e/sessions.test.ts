import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser } from "playwright-core";
import { open, portalUrl, shownNumber, startBrowser } from "./browser.ts";
import { dashboardOf, guest, tokenOf } from "./guest.ts";
import { ask, embedOrigin, figure, guestHeader, hosts, urls } from "./live.ts";
import { adminSession, cookieHeader, type Session } from "./studio.ts";
import { expecting } from "../support/expecting.ts";

let browser: Browser;
let admin: Session;
beforeAll(async () => {
  [browser, admin] = [await startBrowser(), await adminSession()];
});
afterAll(() => browser.close());

const cookie = (): Record<string, string> => cookieHeader(admin);
const roleNames = (text: string): string[] =>
  Object.keys((JSON.parse(text) as { result: { roles: object } }).result.roles);

describe("an administrator's session", () => {
  it("is a real one on the studio, so that the tests below mean something", async () => {
    const answer = await ask(`${urls.studioTls}/api/v1/me/roles/`, { headers: cookie() });
    expect(answer.status).toBe(200);
    expect(roleNames(answer.text)).toStrictEqual(["Admin"]);
  });

  it("does not count on any embed host, through nginx or past it", async () => {
    const direct = hosts.embeds.map((host) => ({ url: urls.web, host }));
    const proxied = urls.embedsTls.map((url) => ({ url, host: new URL(url).host }));
    for (const { url, host } of [...proxied, ...direct]) {
      const answer = await ask(`${url}/api/v1/me/roles/`, { headers: { ...cookie(), host } });
      expecting(`${url} as ${host}`, answer.status).toBe(401);
    }
  });

  it("does not count beside a guest token, even on the studio", async () => {
    const token = tokenOf(await guest("student", 42));
    const targets = [embedOrigin, urls.studioTls, urls.web];
    for (const target of targets) {
      const host = target === urls.web ? hosts.studio : new URL(target).host;
      const answer = await ask(`${target}/api/v1/me/roles/`, { headers: { ...cookie(), ...guestHeader(token), host } });
      expecting(`${target}: ${answer.text.slice(0, 200)}`, answer.status).toBe(200);
      expect(roleNames(answer.text)).toStrictEqual(["Homeroom Guest"]);
    }
  });

  it("does not stand in for a refused token", async () => {
    for (const target of [embedOrigin, urls.studioTls]) {
      const answer = await ask(`${target}/api/v1/me/roles/`, {
        headers: { ...cookie(), ...guestHeader("not.a.token") },
      });
      expecting(target, answer.status).toBe(401);
    }
  });

  it("in the same browser, set on the embed hosts themselves, changes no number", async () => {
    const who = await guest("principal", 42);
    const cookies = urls.embedsTls.map((url) => ({ ...admin, url, secure: true, sameSite: "None" as const }));
    const visit = await open(browser, portalUrl(who, dashboardOf.principal, "sdk"), cookies);
    try {
      expect((await visit.page.context().cookies(urls.embedsTls[0])).some(({ name }) => name === admin.name)).toBe(
        true,
      );
      const shown = await shownNumber(visit.frame, "Average score");
      const expected = await figure("select avg(score) from assessments where school_id = 42");
      const all = await figure("select avg(score) from assessments");
      expecting(`shown ${shown}, school 42 has ${expected}`, Math.abs(shown - expected)).toBeLessThanOrEqual(0.051);
      expecting("this school cannot tell one from all: choose another", Math.abs(all - expected)).toBeGreaterThan(0.2);
    } finally {
      await visit.close();
    }
  });

  it("shows its author the rows of every school, in the studio alone", async () => {
    const listed = await ask(`${urls.studioTls}/api/v1/chart/?q=(page_size:100)`, { headers: cookie() });
    const { result } = JSON.parse(listed.text) as { result: { id: number; slice_name: string }[] };
    const id = result.find(({ slice_name: name }) => name === "Average score")?.id;
    const data = await ask(`${urls.studioTls}/api/v1/chart/${id}/data/?force=true`, { headers: cookie() });
    expecting(data.text.slice(0, 300), data.status).toBe(200);
    const [answer] = (JSON.parse(data.text) as { result: { data: Record<string, number>[] }[] }).result;
    const [shown] = Object.values(answer?.data[0] ?? {});
    const all = await figure("select avg(score) from assessments");
    expecting(`shown ${shown}, all schools have ${all}`, Math.abs(Number(shown) - all)).toBeLessThan(0.01);
    const embedded = await ask(`${embedOrigin}/api/v1/chart/${id}/data/`, { headers: cookie() });
    expect(embedded.status).toBe(401);
  });

  it("cannot act without its CSRF token", async () => {
    const answer = await ask(`${urls.studioTls}/api/v1/dashboard/`, {
      method: "POST",
      headers: cookie(),
      body: { dashboard_title: "x" },
    });
    expecting(String(answer.status), [400, 403]).toContain(answer.status);
    expect(answer.text).toMatch(/CSRF/i);
  });
});
