import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import type { Rotation } from "./log.ts";
import { type Ending, Part, type PartOptions, birth, signalGroup } from "./part.ts";
import type { State } from "./state.ts";
import { type Report, step } from "./step.ts";

const RESTART = "Correct what the lines name and start again; `npm start -- --reset` begins anew.";

/** Every process of one start: begins them, notices when one ends too early, ends them from the front to the data. */
export class Processes {
  private readonly parts: Part[] = [];
  private stopping = false;
  private fail: (error: Error) => void = () => undefined;
  /** Never resolves; rejects when a part ends on its own or the start is cancelled. */
  readonly failed: Promise<never>;

  constructor(
    private readonly state: State,
    private readonly rotation: Rotation,
  ) {
    this.failed = new Promise((_, reject) => {
      this.fail = reject;
    });
    this.failed.catch(() => undefined);
  }

  cancel(reason: Error): void {
    this.fail(reason);
  }

  start(options: PartOptions): Part {
    const part = this.spawn(options);
    void part.ending.then((ending) => {
      if (!this.stopping) this.fail(part.failure(`ended unexpectedly (${describe(ending)})`, RESTART));
    });
    return part;
  }

  /** Runs a command to its end; its output goes to the log of the same name. */
  async run(options: PartOptions & { readonly advice?: string }): Promise<void> {
    const part = this.spawn(options);
    const ending = await part.ending;
    this.parts.splice(this.parts.indexOf(part), 1);
    if (ending.code !== 0) throw part.failure(`failed (${describe(ending)})`, options.advice ?? RESTART);
  }

  async stop(report: Report = () => undefined): Promise<void> {
    this.stopping = true;
    const parts = this.parts.splice(0);
    for (const layer of ["front", "application", "data"] as const) {
      const ending = parts.filter((part) => part.layer === layer && part.running);
      await Promise.all(ending.map((part) => step(report, `ending ${part.name}`, () => part.stop())));
    }
  }

  private spawn(options: PartOptions): Part {
    if (this.stopping) throw new Error(`${options.name} was not started: the start is ending.`);
    const part = new Part(this.state, this.rotation, options);
    this.parts.push(part);
    return part;
  }
}

function describe(ending: Ending): string {
  return ending.signal ?? `exit code ${ending.code}`;
}

/** Ends what a killed start left behind. The birth time proves that a pid is still the process that we began. */
export async function endLeftovers(state: State): Promise<string[]> {
  const folder = state.path("run");
  const ended: string[] = [];
  for (const file of existsSync(folder) ? readdirSync(folder) : []) {
    const path = state.path("run", file);
    const record = readRecord(path);
    if (record && record.born !== "" && birth(record.pid) === record.born) {
      const isDatabase = file.startsWith("postgres");
      process.kill(record.pid, isDatabase ? "SIGINT" : "SIGTERM");
      for (let waited = 0; waited < 100 && birth(record.pid) === record.born; waited += 1)
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
    // A record cut off by a crash names no process that we could trust.
  }
  return undefined;
}
