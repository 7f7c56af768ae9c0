import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { platform as contract, tokenServiceUser } from "../contract/index.ts";
import { certificateFiles, createCertificates } from "./certificates.ts";
import { childEnvironment, installerEnvironment } from "./child-environment.ts";
import { answers, waitFor } from "./health.ts";
import { allHosts, type Hosts, hostsOf } from "./hosts.ts";
import { Lock } from "./lock.ts";
import { startNginx } from "./nginx.ts";
import { findPostgres, Postgres, PostgresError, type PostgresProgram } from "./postgres.ts";
import { nodeProblems, portProblems, PreflightError } from "./preflight.ts";
import { endLeftovers, Processes } from "./processes.ts";
import { findPython, type Python } from "./python.ts";
import { Redis } from "./redis.ts";
import { loadSchoolsData } from "./schools-data.ts";
import { Secrets } from "./secrets.ts";
import { type LocalSettings, ownDatabases, parseSettings } from "./settings.ts";
import { State } from "./state.ts";
import { Marker, type Report, step } from "./step.ts";
import { Superset } from "./superset.ts";
import { createProductFiles, SchoolProduct } from "./school-product.ts";
import { Tools } from "./tools.ts";

export const repository = dirname(dirname(fileURLToPath(import.meta.url)));

export interface StartOptions {
  readonly settings: unknown;
  readonly state: string;
  readonly portOffset?: number;
  readonly portal?: boolean;
  readonly reset?: boolean;
  /** Our own environment: PATH, HOMEROOM_PYTHON and the installers' settings are taken from it. */
  readonly env: NodeJS.ProcessEnv;
  readonly report?: Report;
  readonly signal?: AbortSignal;
}

export interface Urls {
  readonly portal: string;
  readonly portalTls: string;
  readonly studio: string;
  readonly studioTls: string;
  readonly embeds: readonly string[];
  readonly embedsTls: readonly string[];
  readonly tokens: string;
  /** gunicorn itself, without nginx in front. */
  readonly web: string;
}

export interface RunningPlatform {
  readonly urls: Urls;
  readonly hosts: Hosts;
  readonly settings: LocalSettings;
  readonly state: State;
  readonly authorityFile: string;
  /** Rejects when a part ends on its own. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

interface Ready {
  readonly python: Python;
  readonly program: PostgresProgram;
}

export class Cancelled extends Error {}

/** Starts every part in order and gives them back running; what fails ends everything that was begun. */
export async function startPlatform(options: StartOptions): Promise<RunningPlatform> {
  const report = options.report ?? (() => undefined);
  const settings = parseSettings(options.settings, options.portOffset ?? 0);
  const state = new State(options.state);
  if (options.reset) {
    await step(report, `deleting ${state.root}`, () => resetState(state));
  }
  const stateProblems = state.problems(settings.freeBytes);
  if (stateProblems.length > 0) {
    throw new PreflightError([...stateProblems, ...(await machineProblems(settings, options.env)).problems]);
  }
  state.create();
  const lock = new Lock(state);
  lock.take();
  const processes = new Processes(state, settings.logs);
  const stop = async (): Promise<void> => {
    await processes.stop(report);
    lock.release();
  };
  try {
    const leftovers = await endLeftovers(state);
    if (leftovers.length > 0) report(`! ended what a killed start left behind: ${leftovers.join(", ")}`);
    const machine = await machineProblems(settings, options.env);
    if (!machine.ready) throw new PreflightError(machine.problems);
    if (options.signal?.aborted) throw new Cancelled("stopped");
    options.signal?.addEventListener("abort", () => processes.cancel(new Cancelled("stopped")), { once: true });
    const work = startParts(options, settings, state, processes, machine.ready, report);
    // When a part fails, the steps that are still under way fail after it; the first failure is the one to tell.
    work.catch(() => undefined);
    await Promise.race([work, processes.failed]);
  } catch (error) {
    await stop();
    throw error;
  }
  const hosts = hostsOf(settings);
  return {
    urls: urlsOf(settings, hosts),
    hosts,
    settings,
    state,
    authorityFile: certificateFiles(state.tls).authority,
    failed: processes.failed,
    stop,
  };
}

async function startParts(
  options: StartOptions,
  settings: LocalSettings,
  state: State,
  processes: Processes,
  { python, program }: Ready,
  report: Report,
): Promise<void> {
  const env = childEnvironment(options.env);
  const hosts = hostsOf(settings);
  const secrets = new Secrets(state);
  const tools = new Tools(state, repository);
  const superset = new Superset(state, settings, repository, env);
  const postgres = new Postgres(state, settings, secrets, program);
  const withPortal = options.portal ?? true;

  const { certificates, product } = await step(report, "secrets, signing keys and certificates", async () => {
    secrets.create(ownDatabases(settings));
    return {
      product: new SchoolProduct(repository, await createProductFiles(state, settings, secrets), env),
      certificates: await createCertificates(state.tls, allHosts(hosts)),
    };
  });

  const installed = (async () => {
    const installers = installerEnvironment(options.env);
    await step(report, "tools: uv, nginx, Redis", () => tools.install(processes, python, installers));
    const redis = startRedis();
    await step(report, "Superset's Python packages", () => superset.install(processes, tools, python, installers));
    await redis;
  })();
  const databaseReady = step(report, "PostgreSQL 17", async () => {
    await postgres.initialise(processes, env);
    await waitFor(postgres.start(processes, env), 60, () => postgres.isReady());
    await postgres.provision();
  });
  const schoolsReady = databaseReady.then(() =>
    step(report, "demo data and row security", () => loadSchoolsData(postgres, settings, secrets, report)),
  );

  await Promise.all([installed, databaseReady]);
  await step(report, "Superset's tables", () => superset.migrate(processes, postgres.clusterId));
  await schoolsReady;
  await step(report, "roles, datasets, charts and dashboards", () => superset.provision(processes, postgres.clusterId));

  await step(report, "Superset, Celery worker, token service, portal and nginx", async () => {
    const { address, ports } = settings;
    superset.writeEnvironment();
    const web = superset.startWeb(processes);
    const worker = superset.startWorker(processes);
    const tokens = product.startTokenService(processes);
    const portal = withPortal ? product.startPortal(processes) : undefined;
    const nginx = startNginx(
      processes,
      state,
      settings.logs,
      await tools.nginx(),
      {
        address,
        ports,
        hosts,
        certificates,
        folder: state.path("nginx"),
        accessLog: state.path("logs", "nginx-access.log"),
        packages: superset.packages,
        withPortal,
        asRoot: process.getuid?.() === 0,
      },
      env,
    );
    await Promise.all([
      waitFor(web, 180, () => answers(address, ports.web, "/health")),
      waitFor(worker, 180, async () => worker.log.lastLines(50).some((line) => line.includes(" ready."))),
      waitFor(tokens, 60, () => answers(address, ports.tokens, "/v1/health")),
      portal && waitFor(portal, 60, () => answers(address, ports.portal, "/health")),
    ]);
    await waitFor(nginx, 30, () => answers(address, ports.http, "/health", hosts.studio));
  });
  new Marker(state, "first-start", "done").done();

  async function startRedis(): Promise<void> {
    await step(report, "Redis for caches and for Celery", async () => {
      const redisProgram = await tools.redis();
      const { ports, memory } = settings;
      const both = [
        new Redis(state, settings, {
          name: "redis-cache",
          port: ports.cacheRedis,
          memory: memory.cacheRedis,
          eviction: "allkeys-lru",
          password: secrets.platform("cacheRedisPassword"),
        }),
        new Redis(state, settings, {
          name: "redis-broker",
          port: ports.brokerRedis,
          memory: memory.brokerRedis,
          eviction: "noeviction",
          password: secrets.platform("brokerRedisPassword"),
          users: [{ ...tokenServiceUser, password: readFileSync(secrets.tokenServicePasswordFile, "utf8") }],
        }),
      ];
      await Promise.all(
        both.map((redis) => waitFor(redis.start(processes, redisProgram, env), 30, () => redis.isReady())),
      );
    });
  }
}

async function resetState(state: State): Promise<void> {
  if (existsSync(state.path("lock"))) {
    const lock = new Lock(state);
    lock.take();
    await endLeftovers(state);
  }
  state.reset();
}

/** Everything wrong with the machine at once; nothing is started before the list is empty. */
async function machineProblems(
  settings: LocalSettings,
  env: NodeJS.ProcessEnv,
): Promise<{ problems: string[]; ready?: Ready }> {
  const [ports, python, program] = await Promise.all([
    portProblems(settings.address, settings.ports),
    findPython(env["HOMEROOM_PYTHON"]),
    findPostgres().catch((error: unknown) => {
      if (error instanceof PostgresError) return error;
      throw error;
    }),
  ]);
  const problems = [...nodeProblems(process.version), ...ports];
  if ("problem" in python) problems.push(python.problem);
  if (program instanceof PostgresError) problems.push(program.message);
  const policy = join(repository, "contract", "compiled-policy.json");
  if (!existsSync(policy)) problems.push(`${policy} is missing. Write it with \`npm run policy:compile\`.`);
  if (problems.length > 0 || "problem" in python || program instanceof PostgresError) return { problems };
  return { problems, ready: { python: python.python, program } };
}

export function urlsOf(settings: LocalSettings, hosts: Hosts): Urls {
  const { address, ports } = settings;
  const plain = (host: string): string => `http://${host}:${ports.http}`;
  const tls = (host: string): string => `https://${host}:${ports.https}`;
  return {
    portal: plain(hosts.portal),
    portalTls: tls(hosts.portal),
    studio: plain(hosts.studio),
    studioTls: tls(hosts.studio),
    embeds: hosts.embeds.map(plain),
    embedsTls: hosts.embeds.map(tls),
    tokens: `http://${address}:${ports.tokens}`,
    web: `http://${address}:${ports.web}`,
  };
}

export const adminPasswordFile = (state: State): string => join(state.secrets, contract.secretFiles.adminPassword);
