import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { platform } from "../../contract/index.ts";
import { supersetEnvironment } from "../../local/superset-environment.ts";
import { root } from "../support/workshop.ts";
import { drawn, embeddedFrame, portalUrl, startBrowser } from "./browser.ts";
import { dashboardOf, type Guest, guest, tokenOf } from "./guest.ts";
import { ask, embedOrigin, live, rowsOf, settings, urls } from "./live.ts";

let browser: Browser;
let student: Guest;
before(async () => {
  [browser, student] = [await startBrowser(), await guest("student", 42)];
});
after(() => browser.close());

const address = (token: string, origin = embedOrigin): string =>
  `${origin}/embedded/dashboard/${dashboardOf.student}?jwt=${token}`;

/** Its last part is enough to find a token, however it is escaped or cut. */
const signatureOf = (token: string): string => token.split(".")[2]?.slice(0, 40) ?? "";

function logsWith(text: string): string[] {
  const files = readdirSync(live.state.logs, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  assert.ok(files.length >= 6, `only ${files.length} logs in ${live.state.logs}`);
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file, "utf8").includes(text));
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
      assert.equal(page.url(), `${embedOrigin}/embedded/dashboard/${dashboardOf.student}`);
      assert.equal(await page.evaluate("history.length"), 3, "about:blank, the portal, the dashboard");
      assert.ok(!(await page.content()).includes(signatureOf(token)));
      await page.goBack();
      assert.equal(page.url(), `${urls.portalTls}/`);
      await page.goForward();
      assert.ok(!page.url().includes("jwt"), page.url());
      await page.reload();
      assert.match(await page.innerText("body"), /Open this dashboard from your school's product/);
      for (const seen of [...referers, ...later]) assert.ok(!seen.includes(signatureOf(token)), seen.slice(0, 80));
      assert.ok(referers.some((referer) => referer === `${embedOrigin}/`));
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
    assert.equal((await ask(address(accepted))).status, 200);
    assert.equal((await ask(address(refused))).status, 401);
    assert.equal((await ask(`${embedOrigin}/nothing?jwt=${refused}`)).status, 401);
    const escaped = tokenOf(student, { username: "escaped" });
    const path = `${embedOrigin}/embedded/dashboard/${dashboardOf.student}`;
    for (const rest of [
      `%3Fjwt%3D${escaped}`,
      `%3Fjwt=${escaped}&x=%0A`,
      `/%0Ajwt=${escaped}`,
      `%253Fjwt%253D${escaped}`,
    ]) {
      assert.ok((await ask(path + rest)).status >= 400);
    }
    const marker = randomUUID();
    await ask(`${embedOrigin}/static/${marker}`);
    await ask(`${embedOrigin}/${marker}`);
    assert.equal(issued.length, 1);
    for (const token of [...issued, accepted, refused, escaped]) {
      assert.deepEqual(logsWith(signatureOf(token)), []);
      const [row] = await rowsOf<{ found: string }>(
        platform.databases.metadata,
        "select count(*) as found from logs where json like $1 or referrer like $1",
        [`%${signatureOf(token)}%`],
      );
      assert.equal(row?.found, "0", "Superset's own action log");
    }
    assert.deepEqual(logsWith("jwt=ey"), []);
    assert.ok(
      logsWith(marker).some((file) => file.endsWith("nginx-access.log")),
      "nginx logs what is no secret",
    );
  });
});

describe("the address with HOMEROOM_SINGLE_USE_ENTRY", () => {
  let base: string;
  let stop: () => Promise<void>;
  /** As the process writes it: the start's own logs have tokens taken out. */
  let output = "";

  before(async () => {
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
      assert.ok(Date.now() < end && web.exitCode === null, "the second Superset did not start");
    }
  });
  after(() => stop());

  const host = new URL(embedOrigin).host;
  const load = (token: string) => ask(address(token, base), { headers: { host } });

  it("opens once, on whatever worker, and then says in words where to go", async () => {
    const token = tokenOf(student);
    assert.equal((await load(token)).status, 200);
    for (let turn = 0; turn < 4; turn += 1) {
      const again = await load(token);
      assert.equal(again.status, 410);
      assert.match(again.headers["content-type"] ?? "", /text\/html/);
      assert.match(again.text, /open the dashboard there again/);
      assert.ok(!again.text.includes(token));
    }
    assert.equal((await load(tokenOf(student))).status, 200);
  });

  it("still serves the dashboard's own calls with that token", async () => {
    const token = tokenOf(student);
    assert.equal((await load(token)).status, 200);
    for (let turn = 0; turn < 2; turn += 1) {
      const called = await ask(`${base}/api/v1/me/roles/`, { headers: { host, "x-guesttoken": token } });
      assert.equal(called.status, 200, called.text.slice(0, 200));
    }
  });

  it("writes no token to its own output, whatever becomes of it", async () => {
    const accepted = tokenOf(student);
    const refused = tokenOf(student, { aud: "another" });
    const before = output.length;
    assert.equal((await load(accepted)).status, 200);
    assert.equal((await load(accepted)).status, 410);
    assert.equal((await load(refused)).status, 401);
    for (const token of [accepted, refused]) {
      for (const body of ["{", "[]", '{"queries": [{"columns": "x"}]}']) {
        const headers = { host, "x-guesttoken": token, "content-type": "application/json" };
        const answer = await ask(`${base}/api/v1/chart/data`, { method: "POST", headers, body });
        assert.ok(answer.status >= 400 && answer.status < 500, `${body}: ${answer.status}`);
      }
    }
    for (const end = Date.now() + 10_000; !output.slice(before).includes("token.rejected");) {
      assert.ok(Date.now() < end, `the output says nothing of the refused token:\n${output.slice(before)}`);
      await new Promise((wake) => setTimeout(wake, 50));
    }
    for (const token of [accepted, refused]) assert.ok(!output.includes(signatureOf(token)));
    assert.ok(!output.includes("jwt=ey"));
  });

  it("is off by default: the running stack opens an address again", async () => {
    const token = tokenOf(student);
    for (let turn = 0; turn < 2; turn += 1) assert.equal((await ask(address(token))).status, 200);
  });
});
