import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Browser, BrowserContext, Page, Route } from "playwright-core";
import { embeddedUuid, platform } from "../../contract/index.ts";
import { RedisTrustStore } from "../../runtime/adapters/redis/redis-trust-store.ts";
import { readServiceConfig } from "../../runtime/tokens/service-config.ts";
import { drawn, embeddedFrame, portalUrl, startBrowser } from "./browser.ts";
import { claimsOf, dashboardOf, type Guest, guest, tokenOf } from "./guest.ts";
import { live, urls } from "./live.ts";
import { expecting } from "../support/expecting.ts";

const seconds = (): number => Math.floor(Date.now() / 1000);

let browser: Browser;
let student: Guest;
beforeAll(async () => {
  [browser, student] = [await startBrowser(), await guest("student", 42)];
});
afterAll(() => browser.close());

/** The school portal, whose backend answers as each test says. */
class Portal {
  asked: number[] = [];
  tokens: string[] = [];
  /** Lifetimes of the tokens in seconds: by their `exp`, and as the answer says. */
  life = { token: 900, answer: 900 };
  answer: "token" | "down" | number = "token";
  origin: string | undefined;

  async handle(route: Route): Promise<void> {
    this.asked.push(Date.now());
    if (this.answer === "down") return route.abort("connectionrefused");
    if (typeof this.answer === "number") return route.fulfill({ status: this.answer, json: { message: "no" } });
    const token = tokenOf(student, { exp: seconds() + this.life.token });
    this.tokens.push(token);
    await route.fulfill({
      json: {
        token,
        expiresAt: seconds() + this.life.answer,
        embedUrl: "",
        embedOrigin: this.origin ?? urls.embedsTls[0],
        embeddedUuid: embeddedUuid(dashboardOf.student),
      },
    });
  }
}

describe("the browser helper, in the portal", () => {
  let portal: Portal;
  let context: BrowserContext;
  let page: Page;

  beforeEach(async () => {
    portal = new Portal();
    context = await browser.newContext();
    page = await context.newPage();
    await page.route("**/api/embed?*", (route) => portal.handle(route));
  });
  afterEach(() => context.close());

  const open = () => page.goto(portalUrl(student, dashboardOf.student, "sdk"));
  const alert = () => page.locator("main [role=alert]");
  const says = (text: RegExp) => alert().filter({ hasText: text }).waitFor({ timeout: 30_000 });
  const calm = () => alert().waitFor({ state: "hidden", timeout: 60_000 });
  const frame = () => page.frames().find((candidate) => candidate.url().includes("/embedded/"));
  async function showsTheDashboard(): Promise<void> {
    await drawn(await embeddedFrame(page));
  }
  async function until(what: string, holds: () => boolean, within = 30_000): Promise<void> {
    for (const end = Date.now() + within; !holds(); await page.waitForTimeout(100)) {
      expecting(`${what}: not after ${within} ms`, Date.now()).toBeLessThan(end);
    }
  }
  /** Makes the dashboard ask its charts again. */
  async function filter(): Promise<void> {
    const shown = frame();
    await shown?.locator("[data-test='filter-bar__expand-button']").first().click();
    await shown?.locator("[data-test='filter-bar'] .ant-select").first().click();
    await shown?.locator(".ant-select-item-option").first().click();
    await shown?.getByRole("button", { name: "Apply filters" }).click();
  }
  /** Runs `work` while the person is logged out, as by `homeroom revoke user`. */
  async function revoked(work: () => Promise<void>): Promise<void> {
    const person = { kind: "user" as const, tenant: student.tenant, user_id: Number(claimsOf(student)["user_id"]) };
    const store = new RedisTrustStore(
      readServiceConfig(live.state.path("tokens", "service.json"), "the token service").trustStore,
    );
    try {
      await store.open();
      await store.revoke([person], seconds());
      await work();
    } finally {
      await store.lift(person);
      store.close();
    }
  }
  const wake = () => page.evaluate("dispatchEvent(new Event('online'))");

  it("shows the dashboard, and the token nowhere in the page", async () => {
    await open();
    await showsTheDashboard();
    await calm();
    const text = await page.content();
    for (const token of portal.tokens) expect(text).not.toContain(token);
    expect(await page.locator("main iframe").getAttribute("title")).toBe("Student progress");
  });

  it("renews the token before it ends, in the same frame", async () => {
    portal.life = { token: 25, answer: 25 };
    await open();
    await showsTheDashboard();
    const first = frame();
    await until("a second token", () => portal.tokens.length > 1);
    const [asked = 0, renewedAt = Infinity] = portal.asked;
    expecting("the first token had ended", renewedAt - asked).toBeLessThan(25_000);
    expect(frame()).toBe(first);
    expect(await alert().count()).toBe(0);
    const renewed = portal.tokens[1];
    const sent: string[] = [];
    page.on("request", (request) => {
      if (request.url().includes("/api/v1/chart/data")) sent.push(request.headers()["x-guesttoken"] ?? "none");
    });
    await filter();
    await until("a question of the dashboard", () => sent.length > 0);
    expecting(
      "it asks with the first token",
      sent[0] === renewed || portal.tokens.slice(2).includes(sent[0] ?? ""),
    ).toBe(true);
  });

  it("opens anew when a token ended unseen, as it does while a laptop sleeps", async () => {
    // The SDK's timer waits for the token's own exp, as one that stood still would.
    portal.life = { token: 900, answer: 12 };
    await open();
    await until("the first token", () => portal.tokens.length === 1);
    portal.life = { token: 900, answer: 900 };
    await until("a token after the first one's end", () => portal.tokens.length > 1);
    await showsTheDashboard();
  });

  it("waits for the product while it cannot be reached, and goes on by itself", async () => {
    portal.answer = "down";
    await open();
    await says(/No connection/);
    expect(await page.locator("main iframe").count()).toBe(0);
    await until("another attempt", () => portal.asked.length > 1);
    portal.answer = "token";
    await wake();
    await calm();
    await showsTheDashboard();
  });

  it("keeps the dashboard in sight while a renewal fails, and says so until it succeeds", async () => {
    portal.life = { token: 25, answer: 600 };
    await open();
    await showsTheDashboard();
    const first = frame();
    portal.answer = 503;
    await says(/not available/);
    expect(frame()).toBe(first);
    portal.answer = "token";
    await alert().getByRole("button", { name: "Try again" }).click();
    await calm();
    expect(frame()).toBe(first);
  });

  it("asks people to sign in again, hides what they saw, and opens once they have", async () => {
    portal.life = { token: 25, answer: 600 };
    await open();
    await showsTheDashboard();
    portal.answer = 401;
    await says(/signed out/i);
    expect(await page.locator("main iframe").count()).toBe(0);
    portal.answer = "token";
    portal.life = { token: 900, answer: 900 };
    await wake();
    await calm();
    await showsTheDashboard();
  });

  it("tells people whose dashboard it is not", async () => {
    portal.answer = 403;
    await open();
    await says(/may not open/);
    const asked = portal.asked.length;
    await page.waitForTimeout(3000);
    expecting("a refusal is not repeated", portal.asked).toHaveLength(asked);
  });

  it("says when the dashboard's host cannot be reached, and opens when it can", async () => {
    await context.route(`${urls.embedsTls[0]}/**`, (route) => route.abort("connectionrefused"));
    await open();
    await says(/server cannot be reached/);
    await context.unroute(`${urls.embedsTls[0]}/**`);
    await wake();
    await calm();
    await showsTheDashboard();
  });

  it("says that access was ended when the person is logged out elsewhere, and opens with a new token when allowed", async () => {
    await open();
    await showsTheDashboard();
    await revoked(async () => {
      await page.waitForTimeout(platform.trustStore.staleSeconds * 1000);
      expect(await alert().count()).toBe(0);
      await filter();
      await says(/was ended/);
      await calm();
      await showsTheDashboard();
      expect(portal.tokens).toHaveLength(2);
    });
  });

  it("takes the dashboard away when the product gives no new token to who was logged out", async () => {
    await open();
    await showsTheDashboard();
    await revoked(async () => {
      await page.waitForTimeout(platform.trustStore.staleSeconds * 1000);
      portal.answer = 401;
      await filter();
      await says(/signed out/);
      expect(await page.locator("main iframe").count()).toBe(0);
    });
  });

  it("does not ask for token after token when each is refused", async () => {
    await context.route("**/api/v1/dashboard/**", (route) => route.fulfill({ status: 401, json: { errors: [] } }));
    await open();
    await says(/was ended/);
    await says(/does not accept/);
    expect(await page.locator("main iframe").count()).toBe(0);
    expect(portal.asked).toHaveLength(2);
    await page.waitForTimeout(3000);
    expect(portal.asked).toHaveLength(2);
    await context.unroute("**/api/v1/dashboard/**");
    await alert().getByRole("button", { name: "Try again" }).click();
    await calm();
    await showsTheDashboard();
  });

  it("says when the page's policy forbids the frame", async () => {
    portal.origin = "https://analytics9.homeroom.localhost";
    await open();
    await says(/may not show/);
  });
});
