import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { State } from "./state.ts";

export type Report = (line: string) => void;

/** Runs `work`, and reports its title before and its duration after. */
export async function runStep<T>(report: Report, title: string, work: () => Promise<T> | T): Promise<T> {
  const began = performance.now();
  report(`… ${title}`);
  const result = await work();
  report(`✓ ${title} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  return result;
}

/** A record that a step was finished for given inputs. An interrupted step has no record and runs again. */
export class Marker {
  readonly #path: string;
  readonly #inputs: string;

  constructor(state: State, name: string, inputs: string) {
    this.#inputs = inputs;
    this.#path = state.path("steps", `${name}.json`);
  }

  get isDone(): boolean {
    if (!existsSync(this.#path)) return false;
    try {
      const stored: unknown = JSON.parse(readFileSync(this.#path, "utf8"));
      return typeof stored === "object" && stored !== null && "inputs" in stored && stored.inputs === this.#inputs;
    } catch {
      return false;
    }
  }

  clear(): void {
    rmSync(this.#path, { force: true });
  }

  done(): void {
    writeFileSync(this.#path, `${JSON.stringify({ inputs: this.#inputs, finished: new Date().toISOString() })}\n`);
  }
}

/** Returns a hash of files and folders by name and content. */
export function hashOf(...inputs: string[]): string {
  const hash = createHash("sha256");
  const add = (path: string): void => {
    if (!existsSync(path)) {
      hash.update(`missing ${path}\n`);
    } else if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort()) if (name !== "__pycache__") add(join(path, name));
    } else {
      hash.update(`${path}\n`).update(readFileSync(path));
    }
  };
  inputs.forEach(add);
  return hash.digest("hex");
}
