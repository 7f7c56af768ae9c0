import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { ExpectedError } from "../contract/index.ts";
import { readStartTime } from "./supervised-process.ts";
import type { State } from "./state.ts";

export class LockError extends ExpectedError {}

/** A lock file that allows one start at a time for a state folder. The lock of a killed start is taken over. */
export class Lock {
  readonly #path: string;
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
    this.#path = state.path("lock");
  }

  acquire(): void {
    const candidate = `${this.#path}.${process.pid}`;
    writeFileSync(candidate, JSON.stringify({ pid: process.pid, born: readStartTime(process.pid) }));
    try {
      for (let attempt = 0; attempt < 2; attempt += 1) {
        try {
          // A hard link appears with its content or not at all, so two starts cannot both succeed.
          linkSync(candidate, this.#path);
          return;
        } catch (error) {
          if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
        }
        const holder = this.#readHolder();
        if (holder !== undefined) {
          throw new LockError(
            `Another start (process ${holder}) uses ${this.#state.root}. Stop it with Ctrl-C in its terminal or \`kill ${holder}\`, ` +
              "or run beside it: `npm start -- --state DIR --port-offset 1000`.",
          );
        }
        rmSync(this.#path, { force: true });
      }
      throw new LockError(`Another start takes ${this.#path} at this moment. Wait a second and start again.`);
    } finally {
      rmSync(candidate, { force: true });
    }
  }

  release(): void {
    rmSync(this.#path, { force: true });
  }

  #readHolder(): number | undefined {
    try {
      const value: unknown = JSON.parse(readFileSync(this.#path, "utf8"));
      if (typeof value !== "object" || value === null || !("pid" in value) || typeof value.pid !== "number")
        return undefined;
      process.kill(value.pid, 0);
      const born = "born" in value ? value.born : "";
      return born === readStartTime(value.pid) ? value.pid : undefined;
    } catch {
      return undefined;
    }
  }
}
