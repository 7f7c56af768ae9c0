import { readFileSync } from "node:fs";
import { tokenServiceUser } from "../contract/index.ts";
import { AuditTrail } from "./audit-trail.ts";
import { type CertificateFiles, createCertificates } from "./certificates.ts";
import { childEnvironment, installerEnvironment } from "./child-environment.ts";
import { isHttpReady, waitUntilReady } from "./health.ts";
import { allHosts, hostsOf } from "./hosts.ts";
import { type Programs, repository } from "./machine.ts";
import { startNginx } from "./nginx.ts";
import { Postgres } from "./postgres.ts";
import type { Processes } from "./processes.ts";
import { Redis } from "./redis.ts";
import { createProductFiles, SchoolProduct } from "./school-product.ts";
import { loadSchoolsData } from "./schools-data.ts";
import { Secrets } from "./secrets.ts";
import { type LocalSettings, tenantDatabases } from "./settings.ts";
import type { State } from "./state.ts";
import { Marker, type Report, runStep } from "./step.ts";
import { Superset } from "./superset.ts";
import { Tools } from "./tools.ts";

export interface ServicesProps {
  readonly settings: LocalSettings;
  readonly state: State;
  readonly processes: Processes;
  readonly programs: Programs;
  readonly withPortal: boolean;
  /** Environment of the command that starts the services; children get an allow-list of it. */
  readonly env: NodeJS.ProcessEnv;
  readonly report: Report;
}

/** Installs, prepares and starts every service. Independent steps run at the same time; the first failure rejects. */
export class Services {
  readonly #props: ServicesProps;
  readonly #env: NodeJS.ProcessEnv;
  readonly #secrets: Secrets;
  readonly #tools: Tools;
  readonly #superset: Superset;
  readonly #postgres: Postgres;
  readonly #audit: AuditTrail;

  constructor(props: ServicesProps) {
    const { settings, state, programs } = props;
    this.#props = props;
    this.#env = childEnvironment(props.env);
    this.#secrets = new Secrets(state);
    this.#tools = new Tools(state, repository);
    this.#superset = new Superset(state, settings, repository, this.#env);
    this.#postgres = new Postgres(state, settings, this.#secrets, programs.postgres);
    this.#audit = new AuditTrail(state, settings, this.#secrets, repository, this.#env);
  }

  async start(): Promise<void> {
    const { settings, state, processes, report } = this.#props;
    const { certificates, product } = await runStep(report, "secrets, signing keys and certificates", async () => {
      this.#secrets.create(tenantDatabases(settings));
      return {
        product: new SchoolProduct(repository, await createProductFiles(state, settings, this.#secrets), this.#env),
        certificates: await createCertificates(state.tls, allHosts(hostsOf(settings))),
      };
    });
    const installed = this.#install();
    const databaseReady = this.#startPostgres();
    const schoolsReady = databaseReady.then(() =>
      runStep(report, "demo data and row security", () =>
        loadSchoolsData(this.#postgres, settings, this.#secrets, report),
      ),
    );
    const recording = databaseReady.then(() => runStep(report, "audit trail", () => this.#startAuditTrail()));
    await Promise.all([installed, databaseReady]);
    const { clusterId } = this.#postgres;
    await runStep(report, "Superset's tables", () => this.#superset.migrate(processes, clusterId));
    await Promise.all([schoolsReady, recording]);
    await runStep(report, "roles, datasets, charts and dashboards", () =>
      this.#superset.provision(processes, clusterId),
    );
    await runStep(report, "Superset, Celery worker, token service, portal and nginx", () =>
      this.#startWebServices(product, certificates),
    );
    new Marker(state, "first-start", "done").done();
  }

  async #install(): Promise<void> {
    const { processes, programs, report } = this.#props;
    const env = installerEnvironment(this.#props.env);
    await runStep(report, "tools: uv, nginx, Redis", () => this.#tools.install(processes, programs.python, env));
    const redis = this.#startRedis();
    await runStep(report, "Superset's Python packages", () =>
      this.#superset.install(processes, this.#tools, programs.python, env),
    );
    await redis;
  }

  #startPostgres(): Promise<void> {
    const { processes, report } = this.#props;
    return runStep(report, "PostgreSQL 17", async () => {
      await this.#postgres.initialise(processes, this.#env);
      await waitUntilReady(this.#postgres.start(processes, this.#env), 60, () => this.#postgres.isReady());
      await this.#postgres.provision();
    });
  }

  async #startAuditTrail(): Promise<void> {
    const { settings, processes } = this.#props;
    await this.#audit.provision(this.#postgres);
    const collector = this.#audit.start(processes);
    await waitUntilReady(collector, 60, () => isHttpReady(settings.address, settings.ports.collector, "/health"));
  }

  #startRedis(): Promise<void> {
    const { settings, state, processes, report } = this.#props;
    return runStep(report, "Redis for caches and for Celery", async () => {
      const program = await this.#tools.redis();
      const { ports, memory } = settings;
      const both = [
        new Redis(state, settings, {
          name: "redis-cache",
          port: ports.cacheRedis,
          memory: memory.cacheRedis,
          eviction: "allkeys-lru",
          password: this.#secrets.mountedSecret("cacheRedisPassword"),
        }),
        new Redis(state, settings, {
          name: "redis-broker",
          port: ports.brokerRedis,
          memory: memory.brokerRedis,
          eviction: "noeviction",
          password: this.#secrets.mountedSecret("brokerRedisPassword"),
          users: [{ ...tokenServiceUser, password: readFileSync(this.#secrets.tokenServicePasswordFile, "utf8") }],
        }),
      ];
      await Promise.all(
        both.map((redis) => waitUntilReady(redis.start(processes, program, this.#env), 30, () => redis.isReady())),
      );
    });
  }

  async #startWebServices(product: SchoolProduct, certificates: CertificateFiles): Promise<void> {
    const { settings, state, processes, withPortal } = this.#props;
    const { address, ports } = settings;
    const hosts = hostsOf(settings);
    this.#superset.writeEnvironment();
    const web = this.#superset.startWeb(processes);
    const worker = this.#superset.startWorker(processes);
    const tokens = product.startTokenService(processes);
    const portal = withPortal ? product.startPortal(processes) : undefined;
    const nginx = startNginx(
      processes,
      state,
      settings.logs,
      await this.#tools.nginx(),
      {
        address,
        ports,
        hosts,
        certificates,
        folder: state.path("nginx"),
        accessLog: state.path("logs", "nginx-access.log"),
        packages: this.#superset.packages,
        withPortal,
        asRoot: process.getuid?.() === 0,
      },
      this.#env,
    );
    await Promise.all([
      waitUntilReady(web, 180, () => isHttpReady(address, ports.web, "/health")),
      waitUntilReady(worker, 180, async () => worker.log.lastLines(50).some((line) => line.includes(" ready."))),
      waitUntilReady(tokens, 60, () => isHttpReady(address, ports.tokens, "/v1/health")),
      portal && waitUntilReady(portal, 60, () => isHttpReady(address, ports.portal, "/health")),
    ]);
    await waitUntilReady(nginx, 30, () => isHttpReady(address, ports.http, "/health", hosts.studio));
  }
}
