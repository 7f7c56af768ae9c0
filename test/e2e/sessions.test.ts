import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { open, portalUrl, shownNumber, startBrowser } from "./browser.ts";
import { dashboardOf, guest, tokenOf } from "./guest.ts";
import { ask, embedOrigin, figure, guestHeader, hosts, urls } from "./live.ts";
import { adminSession, cookieHeader, type Session } from "./studio.ts";

let browser: Browser;
let admin: Session;
before(async () => {
  [browser, admin] = [await startBrowser(), await adminSession()];
});
after(() => browser.close());

const cookie = (): Record<string, string> => cookieHeader(admin);
const roleNames = (text: string): string[] =>
  Object.keys((JSON.parse(text) as { result: { roles: object } }).result.roles);

describe("an administrator's session", () => {
  it("is a real one on the studio, so that the tests below mean something", async () => {
    const answer = await ask(`${urls.studioTls}/api/v1/me/roles/`, { headers: cookie() });
    assert.equal(answer.status, 200);
    assert.deepEqual(roleNames(answer.text), ["Admin"]);
  });

  it("does not count on any embed host, through nginx or past it", async () => {
    const direct = hosts.embeds.map((host) => ({ url: urls.web, host }));
    const proxied = urls.embedsTls.map((url) => ({ url, host: new URL(url).host }));
    for (const { url, host } of [...proxied, ...direct]) {
      const answer = await ask(`${url}/api/v1/me/roles/`, { headers: { ...cookie(), host } });
      assert.equal(answer.status, 401, `${url} as ${host}`);
    }
  });

  it("does not count beside a guest token, even on the studio", async () => {
    const token = tokenOf(await guest("student", 42));
    const targets = [embedOrigin, urls.studioTls, urls.web];
    for (const target of targets) {
      const host = target === urls.web ? hosts.studio : new URL(target).host;
      const answer = await ask(`${target}/api/v1/me/roles/`, { headers: { ...cookie(), ...guestHeader(token), host } });
      assert.equal(answer.status, 200, `${target}: ${answer.text.slice(0, 200)}`);
      assert.deepEqual(roleNames(answer.text), ["Homeroom Guest"]);
    }
  });

  it("does not stand in for a refused token", async () => {
    for (const target of [embedOrigin, urls.studioTls]) {
      const answer = await ask(`${target}/api/v1/me/roles/`, {
        headers: { ...cookie(), ...guestHeader("not.a.token") },
      });
      assert.equal(answer.status, 401, target);
    }
  });

  it("in the same browser, set on the embed hosts themselves, changes no number", async () => {
    const who = await guest("principal", 42);
    const cookies = urls.embedsTls.map((url) => ({ ...admin, url, secure: true, sameSite: "None" as const }));
    const visit = await open(browser, portalUrl(who, dashboardOf.principal, "sdk"), cookies);
    try {
      assert.ok((await visit.page.context().cookies(urls.embedsTls[0])).some(({ name }) => name === admin.name));
      const shown = await shownNumber(visit.frame, "Average score");
      const expected = await figure("select avg(score) from assessments where school_id = 42");
      const all = await figure("select avg(score) from assessments");
      assert.ok(Math.abs(shown - expected) <= 0.051, `shown ${shown}, school 42 has ${expected}`);
      assert.ok(Math.abs(all - expected) > 0.2, "this school cannot tell one from all: choose another");
    } finally {
      await visit.close();
    }
  });

  it("shows its author the rows of every school, in the studio alone", async () => {
    const listed = await ask(`${urls.studioTls}/api/v1/chart/?q=(page_size:100)`, { headers: cookie() });
    const { result } = JSON.parse(listed.text) as { result: { id: number; slice_name: string }[] };
    const id = result.find(({ slice_name: name }) => name === "Average score")?.id;
    const data = await ask(`${urls.studioTls}/api/v1/chart/${id}/data/?force=true`, { headers: cookie() });
    assert.equal(data.status, 200, data.text.slice(0, 300));
    const [answer] = (JSON.parse(data.text) as { result: { data: Record<string, number>[] }[] }).result;
    const [shown] = Object.values(answer?.data[0] ?? {});
    const all = await figure("select avg(score) from assessments");
    assert.ok(Math.abs(Number(shown) - all) < 0.01, `shown ${shown}, all schools have ${all}`);
    const embedded = await ask(`${embedOrigin}/api/v1/chart/${id}/data/`, { headers: cookie() });
    assert.equal(embedded.status, 401);
  });

  it("cannot act without its CSRF token", async () => {
    const answer = await ask(`${urls.studioTls}/api/v1/dashboard/`, {
      method: "POST",
      headers: cookie(),
      body: { dashboard_title: "x" },
    });
    assert.ok([400, 403].includes(answer.status), String(answer.status));
    assert.match(answer.text, /CSRF/i);
  });
});
