import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { Log, type Rotation } from "./log.ts";
import type { State } from "./state.ts";

export interface PartOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Runs as this user; only root can choose one. */
  readonly owner?: Owner | undefined;
  /** Ending goes from the front to the data; parts of one layer end together. */
  readonly layer?: Layer;
  readonly stopSignal?: NodeJS.Signals;
  readonly stopMs?: number;
}

export type Layer = "data" | "application" | "front";

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class PartError extends Error {}

/** One process in a group of its own, so that the terminal's Ctrl-C reaches us alone and we choose the order of ending. */
export class Part {
  readonly name: string;
  readonly log: Log;
  readonly ending: Promise<Ending>;
  private readonly child: ChildProcess;
  private hasEnded = false;

  constructor(
    state: State,
    rotation: Rotation,
    private readonly options: PartOptions,
  ) {
    this.name = options.name;
    this.log = new Log(state.path("logs", `${options.name}.log`), rotation);
    const record = state.path("run", `${options.name}.json`);
    this.child = spawn(options.command, options.args, {
      cwd: options.cwd ?? state.root,
      env: options.env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      ...(options.owner ?? {}),
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding("utf8");
      stream?.on("data", (chunk: string) => this.log.write(chunk));
    }
    const { pid } = this.child;
    if (pid !== undefined) writeFileSync(record, JSON.stringify({ pid, born: birth(pid) }));
    this.ending = new Promise((resolve) => {
      const end = (ending: Ending): void => {
        this.hasEnded = true;
        this.log.flush();
        rmSync(record, { force: true });
        resolve(ending);
      };
      this.child.on("exit", (code, signal) => {
        // "close" waits for every heir of the pipe; a grandchild that stays must not hide that the part has ended.
        setTimeout(() => end({ code, signal }), 100);
      });
      this.child.on("error", (error) => {
        this.log.write(`${error.message}\n`);
        if (pid === undefined) end({ code: 127, signal: null });
      });
    });
  }

  get layer(): Layer {
    return this.options.layer ?? "application";
  }

  get running(): boolean {
    return !this.hasEnded;
  }

  failure(what: string, advice: string): PartError {
    const lines = this.log.lastLines(20).map((line) => `    ${line}`);
    return new PartError(
      `${this.name} ${what}.\n  Last lines of ${this.log.path}:\n${lines.join("\n") || "    (nothing was written)"}\n  ${advice}`,
    );
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) this.child.kill(signal);
  }

  async stop(): Promise<void> {
    const { pid } = this.child;
    if (pid === undefined) return;
    const timer = setTimeout(() => signalGroup(pid, "SIGKILL"), this.options.stopMs ?? 15_000);
    this.signal(this.options.stopSignal ?? "SIGTERM");
    await this.ending;
    clearTimeout(timer);
    signalGroup(pid, "SIGKILL");
  }
}

export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    // ESRCH: the whole group has ended already.
    return false;
  }
}

/** Start time in kernel ticks: a reused pid has another one. Empty where /proc does not exist. */
export function birth(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
