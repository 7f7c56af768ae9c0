import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ExpectedError } from "../contract/index.ts";

const stateFormat = 1;
const stampName = "homeroom-state.json";

export class StateError extends ExpectedError {}

/** The state folder. It names every path in the folder, so that no other file does. */
export class State {
  readonly root: string;

  constructor(root: string) {
    this.root = resolve(root);
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  get venv(): string {
    return this.path("venv");
  }
  get tools(): string {
    return this.path("tools");
  }
  get logs(): string {
    return this.path("logs");
  }
  /**
   * Folder of the secret files that Superset's processes read; secrets that only the start reads are in `ownerSecrets`.
   */
  get secrets(): string {
    return this.path("secrets");
  }
  get ownerSecrets(): string {
    return this.path("owner-secrets");
  }
  /** Folder of the token service's configuration and secrets. */
  get tokens(): string {
    return this.path("tokens");
  }
  get keys(): string {
    return this.path("keys");
  }
  get jwks(): string {
    return this.path("keys", "jwks.json");
  }
  get tls(): string {
    return this.path("tls");
  }
  /** Folder where Superset and the token service write audit events, which the collector reads. */
  get auditSpool(): string {
    return this.path("audit", "spool");
  }
  get superset(): string {
    return this.path("superset");
  }
  /** File with Superset's environment, which `homeroom policy explain` reads. */
  get supersetEnvironment(): string {
    return this.path("superset-environment.json");
  }
  get firstStartDone(): boolean {
    return existsSync(this.path("steps", "first-start.json"));
  }

  /** Lists every problem of the folder, and changes nothing. */
  findProblems(freeBytes: { firstStart: number; laterStart: number }): string[] {
    if (!existsSync(this.root)) return this.#findParentProblems(freeBytes.firstStart);
    if (!statSync(this.root).isDirectory()) {
      return [`State folder ${this.root} is a file. Remove it or choose another folder with --state DIR.`];
    }
    const problems: string[] = [];
    const probe = this.path(`.write-test-${process.pid}`);
    try {
      writeFileSync(probe, "x");
      rmSync(probe);
    } catch (error) {
      problems.push(
        `State folder ${this.root} is not writable (${errorMessage(error)}). Give yourself write permission or choose another with --state DIR.`,
      );
    }
    const needed = this.firstStartDone ? freeBytes.laterStart : freeBytes.firstStart;
    problems.push(...findSpaceProblems(this.root, needed));
    const entries = readdirSync(this.root);
    if (entries.length > 0 && !entries.includes(stampName)) {
      problems.push(
        `State folder ${this.root} holds files that are not Homeroom's (${entries.slice(0, 3).join(", ")}). Choose an empty folder with --state DIR.`,
      );
    } else if (entries.includes(stampName)) {
      problems.push(...this.#findStampProblems());
    }
    return problems;
  }

  create(): void {
    mkdirSync(this.root, { recursive: true, mode: 0o755 });
    for (const folder of ["logs", "steps", "run", "superset"]) mkdirSync(this.path(folder), { recursive: true });
    for (const folder of [this.secrets, this.ownerSecrets, this.tokens, this.keys, this.tls, this.auditSpool])
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!existsSync(this.path(stampName)))
      writeFileSync(this.path(stampName), `${JSON.stringify({ format: stateFormat })}\n`);
  }

  /**
   * Deletes the folder, but only a state folder: `--state ~ --reset` must not empty a home folder. Throws StateError.
   */
  reset(): void {
    if (!existsSync(this.root)) return;
    if (
      !statSync(this.root).isDirectory() ||
      (readdirSync(this.root).length > 0 && !existsSync(this.path(stampName)))
    ) {
      throw new StateError(
        `--reset refuses to delete ${this.root}: it is not a Homeroom state folder (${stampName} is missing). Delete it yourself if that is right.`,
      );
    }
    rmSync(this.root, { recursive: true, force: true });
  }

  #findStampProblems(): string[] {
    const advice = "Begin anew with `npm start -- --reset` (this deletes the local data).";
    let stamp: unknown;
    try {
      stamp = JSON.parse(readFileSync(this.path(stampName), "utf8"));
    } catch {
      return [`State folder ${this.root} is corrupt: ${stampName} is not readable JSON. ${advice}`];
    }
    const format = typeof stamp === "object" && stamp !== null && "format" in stamp ? stamp.format : undefined;
    if (format !== stateFormat) {
      return [
        `State folder ${this.root} has format ${JSON.stringify(format) ?? "none"}; this version reads format ${stateFormat}. ${advice}`,
      ];
    }
    const problems: string[] = [];
    const version = this.path("postgres", "data", "PG_VERSION");
    if (existsSync(this.path("postgres", "data"))) {
      const found = existsSync(version) ? readFileSync(version, "utf8").trim() : "";
      if (found !== "17")
        problems.push(
          `State folder ${this.root} is corrupt: postgres/data/PG_VERSION holds ${JSON.stringify(found)}, expected "17". ${advice}`,
        );
    }
    for (const folder of [this.secrets, this.ownerSecrets]) {
      if (!existsSync(folder)) continue;
      for (const name of readdirSync(folder)) {
        if (statSync(join(folder, name)).size === 0)
          problems.push(`State folder ${this.root} is corrupt: secret file ${join(folder, name)} is empty. ${advice}`);
      }
    }
    return problems;
  }

  #findParentProblems(needed: number): string[] {
    let parent = dirname(this.root);
    while (!existsSync(parent)) parent = dirname(parent);
    if (!statSync(parent).isDirectory()) {
      return [`State folder ${this.root} cannot be made: ${parent} is a file. Choose another folder with --state DIR.`];
    }
    const probe = join(parent, `.homeroom-write-test-${process.pid}`);
    try {
      writeFileSync(probe, "x");
      rmSync(probe);
    } catch (error) {
      return [
        `State folder ${this.root} cannot be made: ${parent} is not writable (${errorMessage(error)}). Choose another folder with --state DIR.`,
      ];
    }
    return findSpaceProblems(parent, needed);
  }
}

function findSpaceProblems(folder: string, needed: number): string[] {
  const disk = statfsSync(folder);
  const free = disk.bavail * disk.bsize;
  if (free >= needed) return [];
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  return [
    `The disk of ${folder} has ${gigabytes(free)} free; ${gigabytes(needed)} are needed. Free some space or choose another folder with --state DIR.`,
  ];
}

function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
