import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Frame, type Page, type Response } from "playwright-core";
import { certificateFiles } from "../../local/certificates.ts";
import { workshop } from "../support/workshop.ts";
import { findChromium, missingLibraries } from "./chromium.ts";
import type { Guest } from "./guest.ts";
import { live, settings, urls } from "./live.ts";

export type SetCookie = Parameters<BrowserContext["addCookies"]>[0][number];
export type Way = "sdk" | "url";

/** The answer to one chart of a dashboard, as the browser got it. */
export interface ChartAnswer {
  readonly chart: number;
  readonly url: string;
  readonly body: Record<string, unknown>;
  readonly status: number;
  readonly text: string;
}

/** A visit of a page: what it fetched and what it shows. */
export interface Visit {
  readonly page: Page;
  readonly frame: Frame;
  readonly answers: ChartAnswer[];
  readonly requested: string[];
  readonly problems: string[];
  close(): Promise<void>;
}

/**
 * The browser keeps checking certificates; it accepts this one by the hash of its key, as a trusted authority would
 * make it.
 */
function pinnedKey(): string {
  const certificate = new X509Certificate(readFileSync(certificateFiles(live.state.tls).certificate));
  const key = certificate.publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(key).digest("base64");
}

export async function startBrowser(): Promise<Browser> {
  const found = await findChromium(workshop);
  const missing = missingLibraries(found);
  if (missing.length > 0)
    throw new Error(`${found.executable} lacks ${missing.join(", ")}: install them or unset CHROME_PATH.`);
  const environment = { ...process.env, ...found.environment } as Record<string, string>;
  return chromium.launch({
    executablePath: found.executable,
    env: environment,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--host-resolver-rules=MAP *.localhost 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
      `--ignore-certificate-errors-spki-list=${pinnedKey()}`,
    ],
  });
}

function watch(page: Page): { answers: ChartAnswer[]; requested: string[]; problems: string[] } {
  const seen = { answers: [] as ChartAnswer[], requested: [] as string[], problems: [] as string[] };
  page.on("request", (request) => seen.requested.push(request.url()));
  page.on("pageerror", (error) => seen.problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") seen.problems.push(message.text());
  });
  const read = async (response: Response): Promise<void> => {
    const request = response.request();
    if (request.method() !== "POST" || !new URL(request.url()).pathname.startsWith("/api/v1/chart/data")) return;
    const body = request.postDataJSON() as Record<string, unknown>;
    const form = body["form_data"] as { slice_id?: number } | undefined;
    const text = await response.text().catch(() => "");
    seen.answers.push({ chart: form?.slice_id ?? 0, url: request.url(), body, status: response.status(), text });
  };
  page.on("response", (response) => void read(response));
  return seen;
}

/** Timeout of a first page on a busy machine with two cores, where both web workers load and compile at once. */
const patienceMs = 120_000;

export async function embeddedFrame(page: Page): Promise<Frame> {
  const until = Date.now() + patienceMs;
  while (Date.now() < until) {
    const found = page.frames().find((frame) => /\/embedded\/[0-9a-f-]{36}/.test(frame.url()));
    if (found !== undefined) return found;
    await page.waitForTimeout(50);
  }
  throw new Error(
    `no dashboard frame in ${page.url()} after ${patienceMs / 1000} s; the page says: ${(await page.innerText("body")).slice(0, 300)}`,
  );
}

// This is text, because it runs in the page, where other types apply.
const ALL_DRAWN = `(() => {
  const count = (selector) => document.querySelectorAll(selector).length;
  const holders = count(".dashboard-component-chart-holder");
  const shown = count(".chart-slice canvas, .chart-slice .header-line, .chart-slice table, .chart-slice [role=alert]");
  return holders > 0 && count(".chart-slice .loading, .chart-slice [data-test='loading-indicator']") === 0 && shown >= holders;
})()`;

/** Waits until every chart of the dashboard has drawn or failed. */
export async function drawn(frame: Frame): Promise<void> {
  await frame.waitForSelector(".dashboard-component-chart-holder", { timeout: patienceMs });
  // The driver evaluates it, because the page's own policy forbids evaluating text.
  for (
    const until = Date.now() + patienceMs;
    !(await frame.evaluate(ALL_DRAWN));
    await new Promise((wake) => setTimeout(wake, 50))
  ) {
    if (Date.now() > until)
      throw new Error(
        `not every chart was drawn after ${patienceMs / 1000} s: ${(await frame.innerText("body")).slice(0, 500)}`,
      );
  }
}

export function portalUrl(guest: Guest, dashboard: string, way: Way): string {
  const number = guest.role === "student" ? guest.studentId - guest.school * 1000 : 1;
  const query = new URLSearchParams({
    role: guest.role,
    school: String(guest.school),
    number: String(number),
    dashboard,
    how: way,
  });
  return `${urls.portalTls}/?${query.toString()}`;
}

export async function open(browser: Browser, url: string, cookies: readonly SetCookie[] = []): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 1400, height: 2400 },
    locale: "en-AU",
    timezoneId: "Australia/Sydney",
  });
  if (cookies.length > 0) await context.addCookies(cookies);
  const page = await context.newPage();
  const seen = watch(page);
  await page.goto(url);
  const frame = await embeddedFrame(page);
  await drawn(frame);
  return { page, frame, ...seen, close: () => context.close() };
}

/** Reads what a number chart shows under its title. */
export async function shownNumber(frame: Frame, title: string): Promise<number> {
  const holder = frame.locator(".dashboard-component-chart-holder", { hasText: title }).first();
  const text = await holder.locator(".header-line").first().innerText();
  return Number(text.replace(/[^0-9.-]/g, ""));
}

/** Waits until that number chart shows `expected`, as far as it is drawn: one digit after the point. */
export async function comesToShow(frame: Frame, title: string, expected: number): Promise<void> {
  let shown = Number.NaN;
  for (const end = Date.now() + 60_000; Date.now() < end; await frame.page().waitForTimeout(200)) {
    shown = await shownNumber(frame, title).catch(() => Number.NaN);
    if (Math.abs(shown - expected) <= 0.051) return;
  }
  throw new Error(`${title} shows ${shown}; the database has ${expected}`);
}

/** Returns the requested hosts that are not Homeroom's; nothing may leave the machine. */
export function foreign(requested: readonly string[]): string[] {
  return requested.filter((url) => {
    const { protocol, hostname } = new URL(url);
    return (
      !["data:", "blob:", "about:"].includes(protocol) &&
      !hostname.endsWith(".localhost") &&
      hostname !== settings.address
    );
  });
}
