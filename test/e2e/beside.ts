import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { childEnvironment } from "../../local/child-environment.ts";
import { supersetEnvironment } from "../../local/superset-environment.ts";
import { root } from "../support/workshop.ts";
import { ask, live, settings } from "./live.ts";

const START_SECONDS = 120;

export interface BesideOptions {
  /** A superset_config.py of the tests. */
  readonly config: string;
  readonly environment?: (folder: string) => Readonly<Record<string, string>>;
}

/** Another Superset on the databases of the running stack, on a port of its own, with another configuration. */
export class SupersetBeside {
  readonly folder = mkdtempSync(join(tmpdir(), "superset-beside-"));
  private child: ChildProcess | undefined;
  private output = "";

  private constructor(
    readonly url: string,
    private readonly port: number,
  ) {}

  static async start(options: BesideOptions): Promise<SupersetBeside> {
    const port = await sparePort();
    const beside = new SupersetBeside(`http://${settings.address}:${port}`, port);
    try {
      await beside.run(options);
    } catch (error) {
      await beside.stop();
      throw error;
    }
    return beside;
  }

  private async run({ config, environment }: BesideOptions): Promise<void> {
    const child = spawn(
      live.state.path("venv", "bin", "gunicorn"),
      [
        `--bind=${settings.address}:${this.port}`,
        "--workers=1",
        "--threads=4",
        "--worker-class=gthread",
        "--timeout=120",
        "--graceful-timeout=4",
        "superset.app:create_app()",
      ],
      {
        cwd: this.folder,
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          ...childEnvironment(process.env),
          ...supersetEnvironment(live.state, settings, root),
          PYTHONPATH: join(root, "superset", "src"),
          PYTHONDONTWRITEBYTECODE: "1",
          SUPERSET_CONFIG_PATH: config,
          SUPERSET_HOME: this.folder,
          ...environment?.(this.folder),
        },
      },
    );
    this.child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (this.output = (this.output + chunk.toString("utf8")).slice(-20_000)));
    for (const until = Date.now() + START_SECONDS * 1000; !(await this.answers());) {
      if (child.exitCode !== null || Date.now() > until)
        throw new Error(`the Superset of ${config} was not up after ${START_SECONDS} s:\n${this.tail()}`);
      await new Promise((wake) => setTimeout(wake, 500));
    }
  }

  private async answers(): Promise<boolean> {
    return ask(`${this.url}/health`).then(
      ({ status }) => status === 200,
      () => false,
    );
  }

  tail(): string {
    return this.output.slice(-3000);
  }

  async stop(): Promise<void> {
    const child = this.child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function sparePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, settings.address, () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === "string") reject(new Error("no spare port"));
        else resolve(address.port);
      });
    });
  });
}
