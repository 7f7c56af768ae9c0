import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { birth } from "./part.ts";
import type { State } from "./state.ts";

export class LockError extends Error {}

/** One start at a time for one state folder. The lock of a killed start is taken over. */
export class Lock {
  private readonly path: string;

  constructor(private readonly state: State) {
    this.path = state.path("lock");
  }

  take(): void {
    const mine = `${this.path}.${process.pid}`;
    writeFileSync(mine, JSON.stringify({ pid: process.pid, born: birth(process.pid) }));
    try {
      for (let attempt = 0; attempt < 2; attempt += 1) {
        try {
          // A hard link appears with its content or not at all; two starts cannot both succeed.
          linkSync(mine, this.path);
          return;
        } catch (error) {
          if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
        }
        const holder = this.holder();
        if (holder !== undefined) {
          throw new LockError(
            `Another start (process ${holder}) uses ${this.state.root}. Stop it with Ctrl-C in its terminal or \`kill ${holder}\`, ` +
              "or run beside it: `npm start -- --state DIR --port-offset 1000`.",
          );
        }
        rmSync(this.path, { force: true });
      }
      throw new LockError(`Another start takes ${this.path} at this moment. Wait a second and start again.`);
    } finally {
      rmSync(mine, { force: true });
    }
  }

  release(): void {
    rmSync(this.path, { force: true });
  }

  private holder(): number | undefined {
    try {
      const value: unknown = JSON.parse(readFileSync(this.path, "utf8"));
      if (typeof value !== "object" || value === null || !("pid" in value) || typeof value.pid !== "number")
        return undefined;
      process.kill(value.pid, 0);
      const born = "born" in value ? value.born : "";
      return born === birth(value.pid) ? value.pid : undefined;
    } catch {
      return undefined;
    }
  }
}
