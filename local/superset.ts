import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { platform } from "../contract/index.ts";
import type { SupervisedProcess } from "./supervised-process.ts";
import type { Processes } from "./processes.ts";
import type { Python } from "./python.ts";
import type { LocalSettings } from "./settings.ts";
import type { State } from "./state.ts";
import { Marker, hashOf } from "./step.ts";
import { supersetEnvironment } from "./superset-environment.ts";
import { sitePackages, type Tools } from "./tools.ts";

const installAdvice =
  "Check that Python's package index can be reached (UV_* and pip settings apply), then start again: it continues here.";

export class Superset {
  readonly #lock: string;
  readonly #state: State;
  readonly #settings: LocalSettings;
  readonly #repository: string;
  readonly #inheritedEnv: NodeJS.ProcessEnv;

  constructor(state: State, settings: LocalSettings, repository: string, inheritedEnv: NodeJS.ProcessEnv) {
    this.#state = state;
    this.#settings = settings;
    this.#repository = repository;
    this.#inheritedEnv = inheritedEnv;
    this.#lock = join(repository, "superset", "requirements.lock");
  }

  get #bin(): string {
    return join(this.#state.venv, "bin");
  }

  get packages(): string {
    return sitePackages(this.#state.venv);
  }

  get #env(): NodeJS.ProcessEnv {
    return {
      ...this.#inheritedEnv,
      ...supersetEnvironment(this.#state, this.#settings, this.#repository),
      PYTHONPATH: join(this.#repository, "superset", "src"),
      PYTHONUNBUFFERED: "1",
      SUPERSET_CONFIG: "homeroom_superset.superset_config",
      SUPERSET_HOME: this.#state.superset,
      FLASK_APP: "superset.app:create_app()",
    };
  }

  /** Writes the environment for commands that run Superset's code beside the start. It holds no secret. */
  writeEnvironment(): void {
    writeFileSync(this.#state.supersetEnvironment, JSON.stringify(this.#env, undefined, 2), { mode: 0o600 });
  }

  async install(processes: Processes, tools: Tools, python: Python, env: NodeJS.ProcessEnv): Promise<void> {
    const marker = new Marker(
      this.#state,
      "superset-install",
      `${hashOf(this.#lock)} ${python.command} ${python.version}`,
    );
    if (marker.isDone && existsSync(join(this.#bin, "gunicorn"))) return;
    marker.clear();
    const run = (args: string[]): Promise<void> =>
      processes.run({ name: "install-superset", command: tools.uv, args, env, advice: installAdvice });
    rmSync(this.#state.venv, { recursive: true, force: true });
    await run(["venv", "--quiet", "--no-config", "--python", python.command, this.#state.venv]);
    await run([
      "pip",
      "install",
      "--quiet",
      "--python",
      join(this.#bin, "python"),
      "--require-hashes",
      "--compile-bytecode",
      "-r",
      this.#lock,
    ]);
    marker.done();
  }

  /** Creates or migrates Superset's tables. With the same lock file and database it does nothing. */
  async migrate(processes: Processes, clusterId: string): Promise<void> {
    const marker = new Marker(this.#state, "superset-migrate", `${hashOf(this.#lock)} ${clusterId}`);
    if (marker.isDone) return;
    await processes.run({
      name: "superset-migrate",
      command: join(this.#bin, "superset"),
      args: ["db", "upgrade"],
      env: this.#env,
    });
    marker.done();
  }

  async provision(processes: Processes, clusterId: string): Promise<void> {
    const inputs = hashOf(
      this.#lock,
      join(this.#repository, "content/dashboards"),
      join(this.#repository, "superset", "src", "homeroom_superset"),
      join(this.#repository, "contract"),
    );
    const ports = JSON.stringify(this.#settings.ports);
    const marker = new Marker(this.#state, "superset-provision", `${inputs} ${clusterId} ${ports}`);
    if (marker.isDone) return;
    await processes.run({
      name: "superset-provision",
      command: join(this.#bin, "python"),
      args: ["-m", "homeroom_superset.content", join(this.#repository, "content/dashboards")],
      env: this.#env,
    });
    marker.done();
  }

  startWeb(processes: Processes): SupervisedProcess {
    const { gunicorn, limits, timeouts } = platform;
    return processes.start({
      name: "superset-web",
      command: join(this.#bin, "gunicorn"),
      args: [
        `--bind=${this.#settings.address}:${this.#settings.ports.web}`,
        `--workers=${gunicorn.workers}`,
        `--threads=${gunicorn.threads}`,
        "--worker-class=gthread",
        `--timeout=${timeouts.gunicornSeconds}`,
        // Ctrl-C should not wait as long as a pod that drains.
        "--graceful-timeout=4",
        // nginx keeps idle connections for a shorter time, so that it never sends into one that closes.
        "--keep-alive=75",
        `--limit-request-line=${limits.requestLineBytes}`,
        `--limit-request-field_size=${limits.headerFieldBytes}`,
        `--forwarded-allow-ips=${this.#settings.address}`,
        "--worker-tmp-dir=" + this.#state.superset,
        "--error-logfile=-",
        "superset.app:create_app()",
      ],
      env: this.#env,
    });
  }

  startWorker(processes: Processes): SupervisedProcess {
    return processes.start({
      name: "celery-worker",
      command: join(this.#bin, "celery"),
      args: [
        "--app=superset.tasks.celery_app:app",
        "worker",
        // The cluster runs Celery beat in a pod of its own; here the single worker sends the scheduled tasks.
        "--beat",
        `--schedule=${join(this.#state.superset, "celerybeat-schedule")}`,
        `--concurrency=${this.#settings.celeryProcesses}`,
        "--hostname=homeroom@localhost",
        "--without-gossip",
        "--without-mingle",
        "--loglevel=INFO",
      ],
      env: this.#env,
      cwd: this.#state.superset,
    });
  }
}
