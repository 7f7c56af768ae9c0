import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { ExpectedError } from "../contract/index.ts";
import { Log, type Rotation } from "./log.ts";
import type { State } from "./state.ts";

export interface ProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** System user that the process runs as. Only root can choose one; default: the present user. */
  readonly user?: SystemUser | undefined;
  /**
   * Position in the stop order: front, application, recording, data. Processes of one layer stop together. Default:
   * application.
   */
  readonly layer?: Layer;
  readonly stopSignal?: NodeJS.Signals;
  readonly stopMs?: number;
}

export type Layer = "data" | "recording" | "application" | "front";

export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class ProcessError extends ExpectedError {}

/**
 * A child process in a process group of its own, so that Ctrl-C in the terminal reaches the start alone, which stops its
 * children in order.
 */
export class SupervisedProcess {
  readonly name: string;
  readonly log: Log;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  #hasEnded = false;
  readonly #options: ProcessOptions;

  constructor(state: State, rotation: Rotation, options: ProcessOptions) {
    this.#options = options;
    this.name = options.name;
    this.log = new Log(state.path("logs", `${options.name}.log`), rotation);
    const record = state.path("run", `${options.name}.json`);
    this.#child = spawn(options.command, options.args, {
      cwd: options.cwd ?? state.root,
      env: options.env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      ...(options.user ?? {}),
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8");
      stream?.on("data", (chunk: string) => this.log.write(chunk));
    }
    const { pid } = this.#child;
    if (pid !== undefined) writeFileSync(record, JSON.stringify({ pid, born: readStartTime(pid) }));
    this.exited = new Promise((resolve) => {
      const end = (ending: Exit): void => {
        this.#hasEnded = true;
        this.log.flush();
        rmSync(record, { force: true });
        resolve(ending);
      };
      this.#child.on("exit", (code, signal) => {
        // "close" waits for every holder of the pipe; a remaining grandchild must not hide that the process has ended.
        setTimeout(() => end({ code, signal }), 100);
      });
      this.#child.on("error", (error) => {
        this.log.write(`${error.message}\n`);
        if (pid === undefined) end({ code: 127, signal: null });
      });
    });
  }

  get layer(): Layer {
    return this.#options.layer ?? "application";
  }

  get running(): boolean {
    return !this.#hasEnded;
  }

  failure(what: string, advice: string): ProcessError {
    const lines = this.log.lastLines(20).map((line) => `    ${line}`);
    return new ProcessError(
      `${this.name} ${what}.\n  Last lines of ${this.log.path}:\n${lines.join("\n") || "    (nothing was written)"}\n  ${advice}`,
    );
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) this.#child.kill(signal);
  }

  async stop(): Promise<void> {
    const { pid } = this.#child;
    if (pid === undefined) return;
    const timer = setTimeout(() => signalGroup(pid, "SIGKILL"), this.#options.stopMs ?? 15_000);
    this.signal(this.#options.stopSignal ?? "SIGTERM");
    await this.exited;
    clearTimeout(timer);
    signalGroup(pid, "SIGKILL");
  }
}

export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    // ESRCH means that the whole group has ended already.
    return false;
  }
}

/** Returns a process's start time in kernel ticks, which differs for a reused pid. Empty where /proc does not exist. */
export function readStartTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
