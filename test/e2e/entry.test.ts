import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser } from "playwright-core";
import { platform } from "../../contract/index.ts";
import { supersetEnvironment } from "../../local/superset-environment.ts";
import { filesBelow } from "../support/files-below.ts";
import { root } from "../support/workshop.ts";
import { drawn, embeddedFrame, portalUrl, startBrowser } from "./browser.ts";
import { dashboardOf, type Guest, guest, tokenOf } from "./guest.ts";
import { ask, embedOrigin, live, rowsOf, settings, urls } from "./live.ts";
import { expecting } from "../support/expecting.ts";

let browser: Browser;
let student: Guest;
beforeAll(async () => {
  [browser, student] = [await startBrowser(), await guest("student", 42)];
});
afterAll(() => browser.close());

const address = (token: string, origin = embedOrigin): string =>
  `${origin}/embedded/dashboard/${dashboardOf.student}?jwt=${token}`;

/** Returns the last part of a token, which is enough to find it, however it is escaped or cut. */
const signatureOf = (token: string): string => token.split(".")[2]?.slice(0, 40) ?? "";

function logsWith(text: string): string[] {
  const files = filesBelow(live.state.logs);
  expecting(`only ${files.length} logs in ${live.state.logs}`, files.length).toBeGreaterThanOrEqual(6);
  return files.filter((file) => readFileSync(file, "utf8").includes(text));
}

describe("the token of an address", () => {
  it("leaves the address bar, the history and every Referer, and the way back shows a page in words", async () => {
    const token = tokenOf(student);
    const context = await browser.newContext();
    const page = await context.newPage();
    const referers: string[] = [];
    const later: string[] = [];
    page.on("request", (request) => {
      referers.push(request.headers()["referer"] ?? "");
      if (!request.isNavigationRequest()) later.push(request.url());
    });
    try {
      await page.goto(`${urls.portalTls}/`);
      await page.goto(address(token));
      await drawn(await embeddedFrame(page));
      expect(page.url()).toBe(`${embedOrigin}/embedded/dashboard/${dashboardOf.student}`);
      expecting("about:blank, the portal, the dashboard", await page.evaluate("history.length")).toBe(3);
      expect(await page.content()).not.toContain(signatureOf(token));
      await page.goBack();
      expect(page.url()).toBe(`${urls.portalTls}/`);
      await page.goForward();
      expect(page.url()).not.toContain("jwt");
      await page.reload();
      expect(await page.innerText("body")).toMatch(/Open this dashboard from your school's product/);
      for (const seen of [...referers, ...later]) expect(seen).not.toContain(signatureOf(token));
      expect(referers.some((referer) => referer === `${embedOrigin}/`)).toBe(true);
    } finally {
      await context.close();
    }
  });

  it("stands in no log, whether it was accepted, refused or issued through the portal", async () => {
    const issued: string[] = [];
    const context = await browser.newContext();
    const page = await context.newPage();
    page.on("response", (response) => {
      if (!response.url().includes("/api/embed")) return;
      void response.json().then((body: { token: string }) => issued.push(body.token));
    });
    await page.goto(portalUrl(student, dashboardOf.student, "url"));
    await drawn(await embeddedFrame(page));
    await context.close();
    const accepted = tokenOf(student);
    const refused = tokenOf(student, { aud: "another" });
    expect((await ask(address(accepted))).status).toBe(200);
    expect((await ask(address(refused))).status).toBe(401);
    expect((await ask(`${embedOrigin}/nothing?jwt=${refused}`)).status).toBe(401);
    const escaped = tokenOf(student, { username: "escaped" });
    const path = `${embedOrigin}/embedded/dashboard/${dashboardOf.student}`;
    for (const rest of [
      `%3Fjwt%3D${escaped}`,
      `%3Fjwt=${escaped}&x=%0A`,
      `/%0Ajwt=${escaped}`,
      `%253Fjwt%253D${escaped}`,
    ]) {
      expect((await ask(path + rest)).status).toBeGreaterThanOrEqual(400);
    }
    const marker = randomUUID();
    await ask(`${embedOrigin}/static/${marker}`);
    await ask(`${embedOrigin}/${marker}`);
    expect(issued).toHaveLength(1);
    for (const token of [...issued, accepted, refused, escaped]) {
      expect(logsWith(signatureOf(token))).toStrictEqual([]);
      const [row] = await rowsOf<{ found: string }>(
        platform.databases.metadata,
        "select count(*) as found from logs where json like $1 or referrer like $1",
        [`%${signatureOf(token)}%`],
      );
      expecting("Superset's own action log", row?.found).toBe("0");
    }
    expect(logsWith("jwt=ey")).toStrictEqual([]);
    expecting(
      "nginx logs what is no secret",
      logsWith(marker).some((file) => file.endsWith("nginx-access.log")),
    ).toBe(true);
  });
});

describe("the address with HOMEROOM_SINGLE_USE_ENTRY", () => {
  let base: string;
  let stop: () => Promise<void>;
  /** The log as the process writes it; the logs of `npm start` have tokens removed. */
  let output = "";

  beforeAll(async () => {
    const port = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, settings.address, () => {
        const found = (probe.address() as { port: number }).port;
        probe.close(() => resolve(found));
      });
    });
    const own = { ...supersetEnvironment(live.state, settings, root), HOMEROOM_SINGLE_USE_ENTRY: "true" };
    const web = spawn(
      live.state.path("venv", "bin", "gunicorn"),
      [
        `--bind=${settings.address}:${port}`,
        "--workers=2",
        "--threads=2",
        "--worker-class=gthread",
        "superset.app:create_app()",
      ],
      {
        env: {
          PATH: process.env["PATH"] ?? "",
          HOME: process.env["HOME"] ?? "",
          PYTHONPATH: join(root, "superset/src"),
          SUPERSET_CONFIG: "homeroom_superset.superset_config",
          SUPERSET_HOME: live.state.superset,
          ...own,
        },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    for (const stream of [web.stdout, web.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    stop = () =>
      new Promise((resolve) => {
        web.once("exit", () => resolve());
        web.kill("SIGTERM");
      });
    base = `http://${settings.address}:${port}`;
    for (const end = Date.now() + 120_000; ; await new Promise((wake) => setTimeout(wake, 500))) {
      const answer = await ask(`${base}/health`).catch(() => undefined);
      if (answer?.status === 200) return;
      expecting("the second Superset did not start", Date.now()).toBeLessThan(end);
      expecting("the second Superset did not start", web.exitCode).toBeNull();
    }
  });
  afterAll(() => stop());

  const host = new URL(embedOrigin).host;
  const load = (token: string) => ask(address(token, base), { headers: { host } });

  it("opens once, on whatever worker, and then says in words where to go", async () => {
    const token = tokenOf(student);
    expect((await load(token)).status).toBe(200);
    for (let turn = 0; turn < 4; turn += 1) {
      const again = await load(token);
      expect(again.status).toBe(410);
      expect(again.headers["content-type"] ?? "").toMatch(/text\/html/);
      expect(again.text).toMatch(/open the dashboard there again/);
      expect(again.text).not.toContain(token);
    }
    expect((await load(tokenOf(student))).status).toBe(200);
  });

  it("still serves the dashboard's own calls with that token", async () => {
    const token = tokenOf(student);
    expect((await load(token)).status).toBe(200);
    for (let turn = 0; turn < 2; turn += 1) {
      const called = await ask(`${base}/api/v1/me/roles/`, { headers: { host, "x-guesttoken": token } });
      expecting(called.text.slice(0, 200), called.status).toBe(200);
    }
  });

  it("writes no token to its own output, whatever becomes of it", async () => {
    const accepted = tokenOf(student);
    const refused = tokenOf(student, { aud: "another" });
    const before = output.length;
    expect((await load(accepted)).status).toBe(200);
    expect((await load(accepted)).status).toBe(410);
    expect((await load(refused)).status).toBe(401);
    for (const token of [accepted, refused]) {
      for (const body of ["{", "[]", '{"queries": [{"columns": "x"}]}']) {
        const headers = { host, "x-guesttoken": token, "content-type": "application/json" };
        const answer = await ask(`${base}/api/v1/chart/data`, { method: "POST", headers, body });
        expecting(`${body}: ${answer.status}`, answer.status).toBeGreaterThanOrEqual(400);
        expecting(`${body}: ${answer.status}`, answer.status).toBeLessThan(500);
      }
    }
    for (const end = Date.now() + 10_000; !output.slice(before).includes("token.rejected");) {
      expecting(`the output says nothing of the refused token:\n${output.slice(before)}`, Date.now()).toBeLessThan(end);
      await new Promise((wake) => setTimeout(wake, 50));
    }
    for (const token of [accepted, refused]) expect(output).not.toContain(signatureOf(token));
    expect(output).not.toContain("jwt=ey");
  });

  it("is off by default: the running stack opens an address again", async () => {
    const token = tokenOf(student);
    for (let turn = 0; turn < 2; turn += 1) expect((await ask(address(token))).status).toBe(200);
  });
});
