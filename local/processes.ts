import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import type { Rotation } from "./log.ts";
import { type Exit, SupervisedProcess, type ProcessOptions, readStartTime, signalGroup } from "./supervised-process.ts";
import type { State } from "./state.ts";
import { type Report, runStep } from "./step.ts";

const restartAdvice = "Correct what the lines name and start again; `npm start -- --reset` begins anew.";

/** The processes of one start. It notices when one ends too early, and stops them in the order of their layers. */
export class Processes {
  readonly #processes: SupervisedProcess[] = [];
  #stopping = false;
  #fail: (error: Error) => void = () => undefined;
  /** Never resolves; rejects when a process ends on its own or the start is cancelled. */
  readonly failed: Promise<never>;
  readonly #state: State;
  readonly #rotation: Rotation;

  constructor(state: State, rotation: Rotation) {
    this.#state = state;
    this.#rotation = rotation;
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => undefined);
  }

  cancel(reason: Error): void {
    this.#fail(reason);
  }

  start(options: ProcessOptions): SupervisedProcess {
    const child = this.#spawn(options);
    void child.exited.then((exit) => {
      if (!this.#stopping) this.#fail(child.failure(`ended unexpectedly (${describeExit(exit)})`, restartAdvice));
    });
    return child;
  }

  /**
   * Runs a command until it ends. Its output goes to the log of the same name. Throws ProcessError unless it exits with
   * 0.
   */
  async run(options: ProcessOptions & { readonly advice?: string }): Promise<void> {
    const child = this.#spawn(options);
    const exit = await child.exited;
    this.#processes.splice(this.#processes.indexOf(child), 1);
    if (exit.code !== 0) throw child.failure(`failed (${describeExit(exit)})`, options.advice ?? restartAdvice);
  }

  async stop(report: Report = () => undefined): Promise<void> {
    this.#stopping = true;
    const processes = this.#processes.splice(0);
    for (const layer of ["front", "application", "recording", "data"] as const) {
      const running = processes.filter((child) => child.layer === layer && child.running);
      await Promise.all(running.map((child) => runStep(report, `ending ${child.name}`, () => child.stop())));
    }
  }

  #spawn(options: ProcessOptions): SupervisedProcess {
    if (this.#stopping) throw new Error(`${options.name} was not started: the start is ending.`);
    const child = new SupervisedProcess(this.#state, this.#rotation, options);
    this.#processes.push(child);
    return child;
  }
}

function describeExit(ending: Exit): string {
  return ending.signal ?? `exit code ${ending.code}`;
}

/**
 * Ends the processes of a killed start and returns their names. The start time proves that a pid is still the same
 * process.
 */
export async function endLeftovers(state: State): Promise<string[]> {
  const folder = state.path("run");
  const ended: string[] = [];
  for (const file of existsSync(folder) ? readdirSync(folder) : []) {
    const path = state.path("run", file);
    const record = readRecord(path);
    if (record && record.born !== "" && readStartTime(record.pid) === record.born) {
      const isDatabase = file.startsWith("postgres");
      process.kill(record.pid, isDatabase ? "SIGINT" : "SIGTERM");
      for (let waited = 0; waited < 100 && readStartTime(record.pid) === record.born; waited += 1)
        await new Promise((resolve) => setTimeout(resolve, 100));
      signalGroup(record.pid, "SIGKILL");
      ended.push(file.replace(/\.json$/, ""));
    }
    rmSync(path, { force: true });
  }
  return ended;
}

function readRecord(path: string): { pid: number; born: string } | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (
      typeof value === "object" &&
      value !== null &&
      "pid" in value &&
      "born" in value &&
      typeof value.pid === "number" &&
      typeof value.born === "string"
    ) {
      return { pid: value.pid, born: value.born };
    }
  } catch {
    // A record that a crash cut off does not identify a process.
  }
  return undefined;
}
