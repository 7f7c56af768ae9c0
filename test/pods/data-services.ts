import { rmSync } from "node:fs";
import { join } from "node:path";
import { local } from "../../config/local.ts";
import { platform } from "../../contract/index.ts";
import { type CertificateFiles, createCertificates } from "../../local/certificates.ts";
import { childEnvironment, installerEnvironment } from "../../local/child-environment.ts";
import { Lock } from "../../local/lock.ts";
import { waitUntilReady } from "../../local/health.ts";
import { supersetRules } from "../../lib/blocks/redis.ts";
import { findPostgres, Postgres } from "../../local/postgres.ts";
import { endLeftovers, Processes } from "../../local/processes.ts";
import { findPython } from "../../local/python.ts";
import { Redis } from "../../local/redis.ts";
import { loadSchoolsData } from "../../local/schools-data.ts";
import { createProductFiles } from "../../local/school-product.ts";
import { Secrets } from "../../local/secrets.ts";
import { tenantDatabases, parseSettings } from "../../local/settings.ts";
import { State } from "../../local/state.ts";
import { Tools } from "../../local/tools.ts";
import { portOffset } from "../e2e/stack.ts";
import { root, workshop } from "../support/workshop.ts";
import { TlsGate } from "./tls-gate.ts";

/** Superset's user in ElastiCache; the default one is off there. */
const supersetUser = { name: "superset", rules: supersetRules };
export const podsState = join(workshop, "pods-state");

/** PostgreSQL with the demo data behind both locks, and both Redis, as the local start makes them; Superset's own database is empty. */
export class DataServices {
  readonly settings = parseSettings(structuredClone(local), portOffset);
  readonly state = new State(podsState);
  readonly secrets = new Secrets(this.state);
  readonly #processes = new Processes(this.state, this.settings.logs);
  readonly #lock = new Lock(this.state);
  #gates: TlsGate[] = [];
  #locked = false;

  async start(): Promise<void> {
    const { settings, state, secrets } = this;
    state.create();
    this.#lock.acquire();
    this.#locked = true;
    await endLeftovers(state);
    // Answers about the database that is made anew below.
    for (const folder of ["redis-cache", "redis-broker"]) rmSync(state.path(folder), { recursive: true, force: true });
    secrets.create(tenantDatabases(settings));
    await createProductFiles(state, settings, secrets);
    const python = await findPython(process.env["HOMEROOM_PYTHON"]);
    if ("problem" in python) throw new Error(python.problem);
    const tools = new Tools(state, root);
    await tools.install(this.#processes, python.python, installerEnvironment(process.env));
    await Promise.all([this.#startPostgres(), this.#startRedis(await tools.redis())]);
  }

  async #startPostgres(): Promise<void> {
    const { settings, state, secrets } = this;
    const env = childEnvironment(process.env);
    const postgres = new Postgres(state, settings, secrets, await findPostgres());
    await postgres.initialise(this.#processes, env);
    await waitUntilReady(postgres.start(this.#processes, env), 60, () => postgres.isReady());
    await postgres.asSuperuser("postgres", (client) =>
      client.query(`drop database if exists ${platform.databases.metadata} with (force)`),
    );
    await postgres.provision();
    await loadSchoolsData(postgres, settings, secrets, () => undefined);
  }

  async #startRedis(program: string): Promise<void> {
    const { settings, state, secrets } = this;
    const { ports, memory } = settings;
    const both = [
      new Redis(state, settings, {
        name: "redis-cache",
        port: ports.cacheRedis,
        memory: memory.cacheRedis,
        eviction: "allkeys-lru",
        password: secrets.mountedSecret("cacheRedisPassword"),
        users: [{ ...supersetUser, password: secrets.mountedSecret("cacheRedisPassword") }],
      }),
      new Redis(state, settings, {
        name: "redis-broker",
        port: ports.brokerRedis,
        memory: memory.brokerRedis,
        eviction: "noeviction",
        password: secrets.mountedSecret("brokerRedisPassword"),
        users: [{ ...supersetUser, password: secrets.mountedSecret("brokerRedisPassword") }],
      }),
    ];
    const env = childEnvironment(process.env);
    await Promise.all(
      both.map((redis) => waitUntilReady(redis.start(this.#processes, program, env), 30, () => redis.isReady())),
    );
  }

  /** One gate for each server, with one certificate for all the names by which pods know them. */
  async openGates(hosts: readonly string[]): Promise<{
    readonly files: CertificateFiles;
    readonly postgres: number;
    readonly cacheRedis: number;
    readonly brokerRedis: number;
    readonly connections: () => number[];
  }> {
    const files = await createCertificates(this.state.tls, hosts);
    const { ports } = this.settings;
    const postgres = new TlsGate(ports.postgres, "postgres", files);
    const cache = new TlsGate(ports.cacheRedis, "redis", files);
    const broker = new TlsGate(ports.brokerRedis, "redis", files);
    this.#gates = [postgres, cache, broker];
    return {
      files,
      postgres: await postgres.open(),
      cacheRedis: await cache.open(),
      brokerRedis: await broker.open(),
      connections: () => this.#gates.map(({ connections }) => connections),
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#gates.map((gate) => gate.close()));
    await this.#processes.stop();
    if (this.#locked) this.#lock.release();
  }
}
