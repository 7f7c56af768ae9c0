import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { createPrivateKey, randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { SignJWT } from "jose";
import { stateDir } from "../../charts/superset/paths.ts";
import { clientAssertionType, platform } from "../../contract/index.ts";
import { parseServiceConfig } from "../../runtime/tokens/service-config.ts";
import { manifests, named, specOf, type Workload } from "../charts/manifests.ts";
import type { Guest } from "../e2e/guest.ts";
import { freePort } from "../support/free-port.ts";
import { bundleImage } from "../runtime/tokens/server/bundle.ts";
import { dayAndMachine } from "./page.ts";
import { root } from "../support/workshop.ts";
import { ada } from "../runtime/tokens/ada.ts";

const idleSeconds = 60;
const loadSeconds = 60;
const chartsPerSecond = 5;
const tokensPerSecond = 5;
const schools = 40;
/** Apart from the local stack's own worker. */
const queue = "homeroom-resources";
const components = ["web", "worker", "beat", "tokens"] as const;
type Component = (typeof components)[number];

interface Sample {
  /** Bytes of every process of the container, added up; pages that forks share count in each. */
  readonly resident: number;
  readonly processes: number;
  /** Processor seconds since the processes began. */
  readonly processor: number;
}

const sleep = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));

/** Processes as the pods run them, beside the local stack and on its databases; each is a process group of its own. */
class Pods {
  readonly #folder = mkdtempSync(join(tmpdir(), "homeroom-resources-"));
  readonly #running = new Map<Component, ChildProcess>();
  readonly addresses: { web: string; tokens: string } = { web: "", tokens: "" };

  async start(state: string): Promise<void> {
    const [webPort, tokensPort] = [await freePort(), await freePort()];
    this.addresses.web = `http://127.0.0.1:${webPort}`;
    this.addresses.tokens = `http://127.0.0.1:${tokensPort}`;
    const text = readFileSync(join(state, "superset-environment.json"), "utf8");
    const environment = JSON.parse(text) as Record<string, string>;
    const all = manifests();
    for (const component of ["web", "worker", "beat"] as const) {
      const { template } = specOf<Workload>(named("Deployment", `superset-${component}`, all));
      const container = template.spec.containers.find(({ name }) => name === "superset");
      const [program = "", ...args] = (container?.command ?? []).map((word) =>
        word
          .replace(stateDir, this.#folder)
          .replace(/^--bind=.*/, `--bind=127.0.0.1:${webPort}`)
          .replace(/^--queues=.*/, `--queues=${queue}`),
      );
      this.#start(component, join(state, "venv/bin", program), args, environment);
    }
    const bundle = join(this.#folder, "app");
    bundleImage(this.#folder, bundle);
    const config = join(this.#folder, "tokens.json");
    const service: unknown = JSON.parse(readFileSync(join(state, "tokens/service.json"), "utf8"));
    writeFileSync(config, JSON.stringify({ ...parseServiceConfig(service, config), port: tokensPort }));
    const variables = { HOMEROOM_TOKENS_CONFIG: config, NODE_ENV: "production" };
    this.#start("tokens", process.execPath, [join(bundle, "token-service.mjs")], variables);
    for (const address of [`${this.addresses.web}/health`, `${this.addresses.tokens}/v1/health`]) {
      for (let attempt = 0; (await fetch(address).catch(() => undefined))?.status !== 200; attempt += 1) {
        if (attempt > 240) throw new Error(`${address} does not answer; the local stack must be up`);
        await sleep(500);
      }
    }
  }

  sample(component: Component): Sample {
    const leader = this.#running.get(component);
    if (leader?.pid === undefined || leader.exitCode !== null) throw new Error(`${component} has ended`);
    const found = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && groupOf(name) === leader.pid);
    const each = found.map((pid) => processOf(pid)).filter((sample) => sample !== undefined);
    return {
      resident: each.reduce((sum, { resident }) => sum + resident, 0),
      processes: each.length,
      processor: each.reduce((sum, { processor }) => sum + processor, 0),
    };
  }

  async stop(): Promise<void> {
    await Promise.all(
      [...this.#running.values()].map(async (child) => {
        if (child.pid === undefined || child.exitCode !== null) return;
        const ended = new Promise((resolve) => child.once("exit", resolve));
        process.kill(-child.pid, "SIGTERM");
        await ended;
      }),
    );
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #start(component: Component, command: string, args: readonly string[], env: Record<string, string>): void {
    const child = spawn(command, args, { cwd: this.#folder, env, detached: true, stdio: "ignore" });
    this.#running.set(component, child);
  }
}

/** Fields of proc_pid_stat(5) after the name, which may hold spaces. */
function statOf(pid: string): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

const groupOf = (pid: string): number => Number(statOf(pid)[2] ?? "0");
const ticks = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
const pageBytes = Number(execFileSync("getconf", ["PAGESIZE"], { encoding: "utf8" }));

function processOf(pid: string): { resident: number; processor: number } | undefined {
  const stat = statOf(pid);
  const [user, system, pages] = [stat[11], stat[12], stat[21]].map(Number);
  if (user === undefined || system === undefined || pages === undefined || Number.isNaN(pages)) return undefined;
  return { resident: pages * pageBytes, processor: (user + system) / ticks };
}

interface Figures {
  readonly processes: number;
  readonly resident: number;
  readonly meanCores: number;
  readonly peakCores: number;
}

async function watch(pods: Pods, seconds: number): Promise<Map<Component, Figures>> {
  const taken = new Map<Component, Sample[]>(components.map((component) => [component, []]));
  for (let second = 0; second <= seconds; second += 1) {
    for (const component of components) taken.get(component)?.push(pods.sample(component));
    await sleep(1000);
  }
  return new Map([...taken].map(([component, samples]) => [component, figuresOf(samples)]));
}

function figuresOf(samples: readonly Sample[]): Figures {
  const cores = samples.slice(1).map(({ processor }, index) => processor - (samples[index]?.processor ?? processor));
  return {
    processes: Math.max(...samples.map(({ processes }) => processes)),
    resident: p95(samples.map(({ resident }) => resident)),
    meanCores: cores.reduce((sum, one) => sum + one, 0) / cores.length,
    peakCores: p95(cores),
  };
}

const p95 = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[Math.floor(0.95 * (values.length - 1))] ?? Number.NaN;

/** Asks at a steady rate whatever the answers take, and says how many were what they should be. */
async function steadily(perSecond: number, ask: (index: number) => Promise<boolean>): Promise<string> {
  const asked: Promise<boolean>[] = [];
  const began = performance.now();
  for (let index = 0; index < perSecond * loadSeconds; index += 1) {
    await sleep(Math.max(0, began + (index * 1000) / perSecond - performance.now()));
    asked.push(ask(index).catch(() => false));
  }
  return `${(await Promise.all(asked)).filter(Boolean).length} of ${asked.length}`;
}

async function chartLoad(web: string): Promise<(index: number) => Promise<boolean>> {
  const { ask, embedOrigin, guestHeader } = await import("../e2e/live.ts");
  const { dashboardOf, guest, tokenOf } = await import("../e2e/guest.ts");
  const { bodyOf, savedCharts } = await import("../leaks/charts.ts");
  const charts = (await savedCharts()).filter(({ dashboard }) => dashboard === dashboardOf.principal);
  const people: Guest[] = [];
  for (let school = 1; school <= schools; school += 1) people.push(await guest("principal", school));
  return async (index) => {
    const who = people[index % people.length];
    const chart = charts[Math.floor(index / people.length) % charts.length];
    if (who === undefined || chart === undefined) throw new Error("no chart to ask for: is the demo data loaded?");
    const headers = { host: new URL(embedOrigin).host, ...guestHeader(tokenOf(who, { user_id: 1_000_000 + index })) };
    const body = bodyOf(chart, undefined, false);
    return (await ask(`${web}/api/v1/chart/data`, { method: "POST", headers, body })).status === 200;
  };
}

function tokenLoad(tokens: string, state: string): (index: number) => Promise<boolean> {
  const file = join(state, "tokens/service.json");
  const { assertionAudience, clients } = parseServiceConfig(JSON.parse(readFileSync(file, "utf8")), file);
  const [client] = clients;
  if (client === undefined) throw new Error(`${file}: lists no client`);
  const key = createPrivateKey(readFileSync(join(state, "portal/client-key.pem")));
  return async (index) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: client.id, sub: client.id, aud: assertionAudience, iat: now, exp: now + 60 };
    const assertion = await new SignJWT({ ...claims, jti: randomUUID() })
      .setProtectedHeader({ alg: "RS256", kid: client.keys[0]?.kid ?? "" })
      .sign(key);
    const person = { ...ada, user_id: 1 + index };
    const body = {
      client_assertion_type: clientAssertionType,
      client_assertion: assertion,
      tenant: "north",
      dashboard: "institutional-analytics",
      person,
    };
    const headers = { "content-type": "application/json" };
    return (await fetch(`${tokens}/v1/tokens`, { method: "POST", headers, body: JSON.stringify(body) })).status === 200;
  };
}

/** One SQL Lab query a second; resolves to how many of them ended well. */
async function authorQueries(state: string, seconds: number): Promise<string> {
  const env = JSON.parse(readFileSync(join(state, "superset-environment.json"), "utf8")) as Record<string, string>;
  const args = [join(root, "test/bench/author_queries.py"), queue, String(seconds)];
  const { stdout } = await promisify(execFile)(join(state, "venv/bin/python"), args, { env });
  return stdout.trim().split("\n").at(-1) ?? "";
}

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
const millicores = (cores: number): string => `${Math.ceil(cores * 1000)}m`;

const written = ({ resident, meanCores, peakCores }: Figures): string =>
  `${mebibytes(resident)} | ${millicores(meanCores)} | ${millicores(peakCores)}`;

/** Writes the figures over the last measurement, which ends docs/resources.md. */
function writeTable(lines: readonly string[]): void {
  const title = "## Measured\n";
  const file = join(root, "docs/resources.md");
  const [text = ""] = readFileSync(file, "utf8").split(title);
  writeFileSync(file, [`${text}${title}`, ...lines, ""].join("\n"));
  console.log(lines.join("\n"));
}

/** Measures what the containers of charts/ use beside a running local stack; the table goes into docs/resources.md. */
export async function measureResources(state: string): Promise<void> {
  const pods = new Pods();
  try {
    await pods.start(state);
    const askChart = await chartLoad(pods.addresses.web);
    // Both gunicorn workers and both Celery ones have loaded what they load at the first request.
    for (let index = 0; index < 20; index += 1) await askChart(index);
    await authorQueries(state, 20);
    const idle = await watch(pods, idleSeconds);
    const queries = authorQueries(state, loadSeconds + 30);
    queries.catch(() => undefined);
    await sleep(20_000);
    const [loaded, charts, tokens] = await Promise.all([
      watch(pods, loadSeconds),
      steadily(chartsPerSecond, askChart),
      steadily(tokensPerSecond, tokenLoad(pods.addresses.tokens, state)),
    ]);
    const rows = components.map((component) => {
      const [still, busy] = [idle.get(component), loaded.get(component)];
      if (still === undefined || busy === undefined) throw new Error(`${component} was not measured`);
      return `| ${component} | ${busy.processes} | ${written(still)} | ${written(busy)} |`;
    });
    writeTable([
      dayAndMachine(),
      `Idle for ${idleSeconds} s, then ${loadSeconds} s under load.`,
      "Each second of the load was:",
      `- ${chartsPerSecond} charts (${charts} answered)`,
      `- ${tokensPerSecond} tokens (${tokens} issued)`,
      `- one SQL Lab query of ${platform.limits.rowLimit} rows (${await queries} ended well)`,
      "",
      "| container | processes | idle: RSS p95 | cores mean | cores p95 | load: RSS p95 | cores mean | cores p95 |",
      "|---|---|---|---|---|---|---|---|",
      ...rows,
    ]);
  } finally {
    await pods.stop();
  }
}
