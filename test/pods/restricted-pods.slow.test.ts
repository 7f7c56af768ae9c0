import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { z } from "zod";
import type { SupersetChartProps } from "../../charts/superset/superset.ts";
import { previousSecretKeyFile } from "../../charts/superset/secrets.ts";
import { podUser } from "../../charts/superset/pod.ts";
import { platform } from "../../contract/index.ts";
import { tenantDatabases } from "../../local/settings.ts";
import type { Manifest, Probe } from "../charts/manifests.ts";
import { manifests, workloads } from "../charts/manifests.ts";
import { fixture } from "../charts/fixture.ts";
import { needContainers, Podman } from "../image/podman.ts";
import { baseImage, buildSuperset } from "../image/superset-image.ts";
import { freePort } from "../support/free-port.ts";
import type { Finished } from "../support/suite.ts";
import { workshop } from "../support/workshop.ts";
import { DataServices, podsState } from "./data-services.ts";
import { Pod, type World } from "./pod.ts";
import { expecting } from "../support/expecting.ts";
import { present } from "../support/narrowing.ts";

const sleep = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));
const must = ({ code, output }: Finished): string => {
  expecting(output.slice(-4000), code).toBe(0);
  return output;
};

const chartSchema = z.object({ result: z.array(z.object({ data: z.array(z.record(z.string(), z.unknown())) })) });

/** Folders of a container into which its user may write; a read-only file system gives none to anybody. */
const writable = ["find", "/", "-path", "/proc", "-prune", "-o", "-type", "d", "-writable", "-print"];
/** Mounts that the runtime gives to every container, read-only root or not. */
const ofTheRuntime = ["/dev/mqueue", "/dev/shm"];

describe("the chart's pods with the image of superset/Dockerfile, as Pod Security restricted admits them", () => {
  const podman = new Podman();
  const data = new DataServices();
  const pods: Pod[] = [];
  const firstKey = randomBytes(32).toString("hex");
  let folder = "";
  let world: World;
  let handshakes = (): number[] => [];
  let migrate: Pod;
  let rotation: Pod;
  let web: Pod;
  let worker: Pod;
  let beat: Pod;
  let webPort = 0;

  beforeAll(async () => {
    await needContainers();
    await buildSuperset(podman, await baseImage(podman));
    await data.start();
    mkdirSync(workshop, { recursive: true });
    folder = mkdtempSync(join(workshop, "pods-"));
    const [own] = tenantDatabases(data.settings);
    present(own, "config/local.ts has no tenant with a database of its own");
    const hosts = ["metadata.db.example", "schools.db.example", "own.db.example", "cache.example", "broker.example"];
    const gates = await data.openGates(hosts);
    handshakes = gates.connections;
    const props: Partial<SupersetChartProps> = {
      tenants: data.settings.issuers.filter(({ database }) => database === undefined).map(({ tenant }) => tenant),
      tenantDatabases: {
        [own.tenant]: {
          host: "own.db.example",
          port: gates.postgres,
          name: own.database,
          readerUser: { objectName: "homeroom/prod/own-reader" },
        },
      },
      supersetSettings: data.settings.supersetSettings,
      metadataPort: gates.postgres,
      analyticsPort: gates.postgres,
      cacheRedisUrl: `rediss://superset@cache.example:${gates.cacheRedis}`,
      brokerRedisUrl: `rediss://superset@broker.example:${gates.brokerRedis}`,
      databaseCaPem: readFileSync(gates.files.authority, "utf8"),
      secretKeyRotation: "first",
    };
    const all: Manifest[] = manifests(props);
    world = { podman, manifests: all, secret: secretFile, hosts, authority: gates.files.authority, folder };
    const [migration] = workloads(all).filter(({ name }) => name.startsWith("superset-migrate-"));
    const made = (kind: "Deployment" | "Job", name: string): Pod => {
      const pod = new Pod(world, kind, name);
      pods.push(pod);
      return pod;
    };
    // The database is made with one key; every pod after that has the next one.
    world = { ...world, secret: (name) => (name === platform.secretFiles.secretKey ? firstKey : secretFile(name)) };
    migrate = made("Job", migration?.name ?? "");
    world = { ...world, secret: secretFile };
    rotation = made("Job", "superset-secret-key-first");
    web = made("Deployment", "superset-web");
    worker = made("Deployment", "superset-worker");
    beat = made("Deployment", "superset-beat");
    // The token service is another image; test/runtime/tokens/server/image.test.ts runs what is in it.
    const run = [...pods.map(({ name }) => name), "superset-tokens"];
    expect(
      workloads(all)
        .map(({ name }) => name)
        .sort(),
    ).toStrictEqual(run.sort());
    for (const pod of pods) await podman.try(["rm", "--force", "--time=1", pod.name]);
  });

  afterAll(async () => {
    for (const pod of pods) await pod.remove();
    await data.stop();
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
  });

  /** The local start's files have the names of the mounts. */
  function secretFile(name: string): string {
    if (name === previousSecretKeyFile) return firstKey;
    return readFileSync(name === "jwks.json" ? data.state.jwks : join(data.state.secrets, name), "utf8");
  }

  /** The number of times that the kubelet asks before it gives a starting pod up, though slower: a test machine is no node. */
  async function started(pod: Pod, ask: (probe: Probe) => Promise<boolean>): Promise<void> {
    const probe = pod.container("superset").startupProbe;
    present(probe, `${pod.name} has no startup probe`);
    for (let attempt = 0; !(await ask(probe)); attempt += 1) {
      const running = await pod.isRunning();
      expecting(`${pod.name} ${running ? "is not ready" : "has ended"}:\n${await pod.logs()}`, running).toBe(true);
      expecting(`${pod.name} ${running ? "is not ready" : "has ended"}:\n${await pod.logs()}`, attempt).toBeLessThan(
        120,
      );
      await sleep(3_000);
    }
  }

  async function answers(probe: Probe): Promise<boolean> {
    present(probe.httpGet);
    const asked = await fetch(`http://127.0.0.1:${webPort}${probe.httpGet.path}`).catch(() => undefined);
    return asked?.status === 200;
  }

  const succeeds =
    (pod: Pod) =>
    async (probe: Probe): Promise<boolean> => {
      present(probe.exec);
      return (await pod.exec(probe.exec.command)).code === 0;
    };

  async function assertConfined(pod: Pod): Promise<void> {
    const status = must(await pod.exec(["cat", "/proc/1/status"]));
    const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "";
    expect(field("Uid").split(/\s+/)).toStrictEqual(Array(4).fill(String(podUser)));
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) expecting(set, field(set)).toMatch(/^0+$/);
    expect(field("NoNewPrivs")).toBe("1");
    expect(field("Seccomp")).toBe("2");
    const allowed = [...pod.emptyDirs(), ...ofTheRuntime];
    const folders = (await pod.exec(writable)).output.split("\n").filter((line) => line.startsWith("/"));
    const within = (path: string, parent: string): boolean => path === parent || path.startsWith(`${parent}/`);
    expect(folders.filter((path) => !allowed.some((parent) => within(path, parent)))).toStrictEqual([]);
    for (const parent of pod.emptyDirs()) expecting(`${parent} cannot be written`, folders).toContain(parent);
    for (const path of ["/app/written", "/etc/written", "/home/written", "/run/homeroom/secrets/jwks.json"]) {
      const tried = await pod.exec(["sh", "-c", `echo x > ${path}`]);
      expecting(path, tried.output).toMatch(/Read-only file system/);
      expect(tried.code).not.toBe(0);
    }
    for (const { name, used, limit } of pod.filled())
      expecting(`${name}: ${used} of ${limit} bytes`, used).toBeLessThan(limit / 2);
  }

  const ask = async (path: string, headers: Record<string, string>, body?: unknown): Promise<Response> =>
    fetch(`http://127.0.0.1:${webPort}${path}`, {
      redirect: "manual",
      headers: {
        "x-forwarded-proto": "https",
        "x-forwarded-for": "192.0.2.7",
        "content-type": "application/json",
        ...headers,
      },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });

  /** Every chart of a principal's dashboard answers, with the figure that SQL gives for the school's rows; gives the token. */
  async function assertDashboard(school: number): Promise<string> {
    // The modules of the live tests read where the stack lies when they are loaded.
    process.env["HOMEROOM_E2E_STATE"] = podsState;
    const { dashboardOf, guest, tokenOf } = await import("../e2e/guest.ts");
    const { databaseOf, figure } = await import("../e2e/live.ts");
    const { bodyOf, savedCharts } = await import("../leaks/charts.ts");
    const who = await guest("principal", school);
    const token = tokenOf(who);
    const host = fixture.embedHosts[0] ?? "";
    const page = await ask(`/embedded/dashboard/${dashboardOf.principal}?jwt=${token}`, { host });
    expecting(await page.text(), page.status).toBe(200);
    const charts = (await savedCharts()).filter(({ dashboard }) => dashboard === dashboardOf.principal);
    expecting(`only ${charts.length} charts`, charts.length).toBeGreaterThanOrEqual(3);
    const results = new Map<string, Record<string, unknown>[]>();
    for (const chart of charts) {
      const answer = await ask("/api/v1/chart/data", { host, "x-guesttoken": token }, bodyOf(chart));
      const text = await answer.text();
      expecting(`${chart.name}: ${text.slice(0, 500)}`, answer.status).toBe(200);
      const { result } = chartSchema.parse(JSON.parse(text));
      results.set(
        chart.name,
        result.flatMap((one) => one.data),
      );
      expect((await ask("/api/v1/chart/data", { host }, bodyOf(chart))).status).toBe(401);
    }
    const shown = Number(Object.values(results.get("Average score")?.[0] ?? {})[0]);
    const sql = "select avg(score) from assessments where tenant = $1 and school_id = $2";
    const expected = await figure(sql, [who.tenant, school], databaseOf(who.tenant));
    expecting(
      `Average score of school ${school}: ${shown}, SQL says ${expected}`,
      Math.abs(shown - expected),
    ).toBeLessThan(0.01);
    return token;
  }

  it("the waiting container refuses an empty database, in words and within its memory", async () => {
    const { code, output } = await web.complete("wait-for-schema", {
      command: ["python", "-m", "homeroom_superset.jobs.schema_revision"],
    });
    expecting(output, code).toBe(1);
    expect(output).toMatch(/The schema is not at revision \w+: the database is at revision none/);
  });

  it("the Job migrates an empty database and provisions roles, datasets and dashboards", async () => {
    const output = must(await migrate.complete("superset", { minutes: 30 }));
    expect(output).toMatch(/Running upgrade/);
    must(await web.complete("wait-for-schema"));
  });

  it("the Job may run again", async () => {
    must(await migrate.complete("superset", { minutes: 30 }));
  });

  it("the Job of a new secret key writes what the old one encrypted anew", async () => {
    const output = must(await rotation.complete("superset", { minutes: 30 }));
    expect(output).toMatch(/\d+ values in \d+ encrypted columns open with the new key alone/);
  });

  it("web answers its probes and serves an embedded dashboard's charts, confined", async () => {
    webPort = await freePort();
    await web.start(webPort);
    await started(web, answers);
    const container = web.container("superset");
    for (const probe of [container.readinessProbe, container.livenessProbe])
      expect(probe && (await answers(probe))).toBe(true);
    // School 42's tenant shares a database with others; school 207's has its own, with a login of its own.
    const tokens = [await assertDashboard(42), await assertDashboard(207)];
    await assertConfined(web);
    const logs = await web.logs();
    for (const token of tokens) expecting("a token is in the log", logs).not.toContain(token.slice(-40));
  });

  it("the worker answers its probes and runs a task, confined", async () => {
    await worker.start();
    await started(worker, succeeds(worker));
    const { livenessProbe } = worker.container("superset");
    present(livenessProbe);
    expect(await succeeds(worker)(livenessProbe)).toBe(true);
    const script = [
      "import os",
      "from celery import Celery",
      "from homeroom_superset.cache.redis import broker_url",
      "from homeroom_superset.settings import read_settings",
      "settings = read_settings(os.environ)",
      "app = Celery(broker=broker_url(settings, 0), backend=broker_url(settings, 2))",
      "print(app.send_task('reports.prune_log').id)",
    ].join("\n");
    const id = must(await worker.exec(["python", "-c", script])).trim();
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    for (let attempt = 0; !(await worker.logs()).includes(`reports.prune_log[${id}] succeeded`); attempt += 1) {
      expecting(await worker.logs(), attempt).toBeLessThan(60);
      await sleep(2_000);
    }
    await assertConfined(worker);
  });

  it("beat writes its schedule where it may, answers its probes, confined", async () => {
    await beat.start();
    await started(beat, succeeds(beat));
    const { livenessProbe } = beat.container("superset");
    present(livenessProbe);
    expect(await succeeds(beat)(livenessProbe)).toBe(true);
    expect(must(await beat.exec(["ls", "/var/lib/superset"]))).toMatch(/celerybeat-schedule/);
    await assertConfined(beat);
  });

  it("each ends in its grace period when it is told to, with the code of a clean end", async () => {
    must(await web.exec(web.container("superset").lifecycle?.preStop?.exec.command ?? []));
    for (const pod of [web, worker, beat]) expecting(`${pod.name}:\n${await pod.logs()}`, await pod.stop()).toBe(0);
  });

  it("all of it went over TLS that the pods verified", () => {
    for (const count of handshakes()) expecting(`handshakes: ${handshakes().join(", ")}`, count).toBeGreaterThan(0);
  });
});
