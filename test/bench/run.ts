import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ChartAnswer } from "../e2e/browser.ts";
import type { Answer } from "../e2e/live.ts";
import { startStack, stateDir } from "../e2e/stack.ts";
import { run } from "../support/suite.ts";
import { root, workshop } from "../support/workshop.ts";
import { type Row, writeSection } from "./page.ts";
import { measureSynth } from "./synth.ts";

const help = `npm run bench [-- --first] [-- --synth | --stack | --resources] [-- --help]

Measures the local stack, the browser and cdk synth and writes its sections of docs/benchmarks.md.
  --first      also measures a first start in an empty state folder (some minutes)
  --synth      cdk synth alone: 1, 100 and 500 tenants, one and two regions
  --stack      the local stack and the browser alone
  --resources  instead: memory and processor of each pod's container, into docs/resources.md`;

if (process.argv.includes("--help")) {
  console.log(help);
  process.exit(0);
}

const table: Row[] = [];
function report(what: string, figure: string): void {
  table.push({ what, figure });
  console.log(`${what}: ${figure}`);
}

const seconds = (value: number): string => `${value.toFixed(1)} s`;
const millis = (value: number): string => `${value.toFixed(1)} ms`;

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

async function timed(times: number, work: (index: number) => Promise<Answer>): Promise<number[]> {
  const taken: number[] = [];
  for (let index = 0; index < times; index += 1) {
    // Superset refuses one address more than 50 requests a second.
    await new Promise((wake) => setTimeout(wake, 25));
    const began = performance.now();
    const answer = await work(index);
    const took = performance.now() - began;
    if (answer.status !== 200)
      throw new Error(`measuring an answer of status ${answer.status}: ${answer.text.slice(0, 300)}`);
    // The first ones warm connections and caches.
    if (index >= 5) taken.push(took);
  }
  return taken;
}

const percentiles = (values: readonly number[]): string =>
  `p50 ${millis(quantile(values, 0.5))}, p95 ${millis(quantile(values, 0.95))}`;

async function verification(): Promise<void> {
  const done = await run({
    command: join(workshop, "state/venv/bin/python"),
    args: [
      join(root, "test/bench/verify_token.py"),
      join(workshop, "state/keys/jwks.json"),
      join(root, "contract"),
      join(workshop, "bench-token"),
    ],
    cwd: root,
    env: { PYTHONPATH: join(root, "superset/src") },
    minutes: 2,
    quiet: true,
  });
  if (done.code !== 0) throw new Error(`verify_token.py failed:\n${done.output.slice(-1000)}`);
  const [first, later] = JSON.parse(done.output.trim().split("\n").pop() ?? "[]") as [number, number];
  report(
    "token verification added to a request, p50: token not seen before · seen",
    `${first.toFixed(3)} ms · ${later.toFixed(3)} ms`,
  );
}

async function claimsCost(): Promise<void> {
  const done = await run({
    command: join(workshop, "state/venv/bin/python"),
    args: [join(root, "test/bench/claims_cost.py"), join(workshop, "state/superset-environment.json")],
    cwd: root,
    env: { PYTHONPATH: join(root, "superset/src") },
    minutes: 2,
    quiet: true,
  });
  if (done.code !== 0) throw new Error(`claims_cost.py failed:\n${done.output.slice(-1000)}`);
  const [signed, unbound] = JSON.parse(done.output.trim().split("\n").pop() ?? "[]") as [number, number];
  report(
    "one query on a pooled connection, p50: with signed claims and row policies · as an author, without · added",
    `${signed.toFixed(2)} ms · ${unbound.toFixed(2)} ms · ${(signed - unbound).toFixed(2)} ms`,
  );
}

async function measureStack(): Promise<void> {
  const { ask, embedOrigin, guestHeader, urls } = await import("../e2e/live.ts");
  const { dashboardOf, guest, tokenOf } = await import("../e2e/guest.ts");
  const { drawn, open, portalUrl, startBrowser } = await import("../e2e/browser.ts");
  const principal = await guest("principal", 42);
  const token = tokenOf(principal);
  writeFileSync(join(workshop, "bench-token"), token, { mode: 0o600 });
  await verification();
  await claimsCost();

  const browser = await startBrowser();
  let chart: ChartAnswer | undefined;
  try {
    for (const role of ["principal", "teacher", "student"] as const) {
      const who = await guest(role, 44);
      const began = performance.now();
      const visit = await open(browser, portalUrl(who, dashboardOf[role], "sdk"));
      const first = performance.now() - began;
      const charts = await visit.frame.locator(".dashboard-component-chart-holder").count();
      const again: number[] = [];
      for (let index = 0; index < 5; index += 1) {
        const reloaded = performance.now();
        await visit.page.goto(portalUrl(who, dashboardOf[role], "sdk"));
        const handle = await visit.page.waitForSelector("iframe", { timeout: 30_000 });
        const frame = await handle.contentFrame();
        if (frame === null) throw new Error("the portal's frame has no content");
        await drawn(frame);
        again.push(performance.now() - reloaded);
      }
      report(
        `${dashboardOf[role]} in Chromium (${charts} charts), portal and all charts drawn: first visit · second visits p50`,
        `${seconds(first / 1000)} · ${seconds(quantile(again, 0.5) / 1000)}`,
      );
      if (role === "principal") chart = visit.answers.find((answer) => answer.status === 200);
      await visit.close();
    }
  } finally {
    await browser.close();
  }
  if (chart === undefined) throw new Error("the browser got no chart to measure");
  const { pathname, search } = new URL(chart.url);
  // A person for each measurement, which would use up the share of one.
  const headersOf = (user: number): Record<string, string> => guestHeader(tokenOf(principal, { user_id: user }));
  const { body } = chart;
  const nginx = `${embedOrigin}${pathname}${search}`;
  const web = `${urls.web}${pathname}${search}`;
  const directOf = (user: number): Record<string, string> => ({
    ...headersOf(user),
    host: new URL(embedOrigin).host,
  });
  const [direct, headers, forcing] = [directOf(1), headersOf(2), directOf(3)];
  report(
    "chart answer from the data cache, gunicorn",
    percentiles(await timed(105, () => ask(web, { method: "POST", headers: direct, body }))),
  );
  report(
    "chart answer from the data cache, through nginx, new TLS connection",
    percentiles(await timed(105, () => ask(nginx, { method: "POST", headers, body }))),
  );
  const forced = await ask(web, { method: "POST", headers: forcing, body: { ...body, force: true } });
  if (forced.status === 200) {
    const force = (): Promise<Answer> => ask(web, { method: "POST", headers: forcing, body: { ...body, force: true } });
    report("chart answer, asked with force, gunicorn", percentiles(await timed(55, force)));
  } else {
    report("chart answer, asked with force", `refused to guests (${forced.status})`);
  }
  report("`/health`, gunicorn", percentiles(await timed(105, () => ask(`${urls.web}/health`))));
}

async function localStack(): Promise<void> {
  if (process.argv.includes("--first")) {
    const { rmSync } = await import("node:fs");
    const state = join(workshop, "bench-state");
    rmSync(state, { recursive: true, force: true });
    const first = await startStack({ state, offset: 4000, quiet: true });
    await first.stop();
    report("`npm start`, first (package caches as they were)", seconds(first.seconds));
  }
  const prepared = await startStack({ quiet: true });
  await prepared.stop();
  const stack = await startStack({ quiet: true });
  try {
    report("`npm start`, later", seconds(stack.seconds));
    await measureStack();
  } finally {
    await stack.stop();
  }
  writeSection("Local stack", table);
}

async function synthesis(): Promise<void> {
  const rows: Row[] = [];
  const notes = await measureSynth((row) => {
    rows.push(row);
    console.log(`${row.what}: ${row.figure}`);
  });
  writeSection("Synthesis", rows, notes);
}

async function resources(): Promise<void> {
  const { measureResources } = await import("./resources.ts");
  const stack = await startStack({ quiet: true });
  try {
    await measureResources(stateDir);
  } finally {
    await stack.stop();
  }
}

mkdirSync(workshop, { recursive: true });
if (process.argv.includes("--resources")) {
  await resources();
} else {
  if (!process.argv.includes("--synth")) await localStack();
  if (!process.argv.includes("--stack")) await synthesis();
}
