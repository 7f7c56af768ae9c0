import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Lock, LockError } from "../../local/lock.ts";
import { State } from "../../local/state.ts";
import { run } from "./suite.ts";

export const root = join(import.meta.dirname, "../..");
/** Folder for everything that the tests install or write; they never touch the state of `npm start`. */
export const workshop = join(root, ".homeroom-test");
const tools = join(root, "local/requirements.lock");

async function must(command: string, args: readonly string[], what: string): Promise<void> {
  const done = await run({ command, args, cwd: root, minutes: 15, quiet: true });
  if (done.code !== 0) {
    throw new Error(
      `${what} failed (${command} ${args[0] ?? ""} ended with ${done.code}):\n${done.output.trimEnd().split("\n").slice(-15).join("\n")}`,
    );
  }
}

async function python(): Promise<string> {
  const named = process.env["HOMEROOM_PYTHON"];
  const tried: string[] = [];
  for (const candidate of named === undefined ? ["python3.11", "python3.12", "python3"] : [named]) {
    const done = await run({
      command: candidate,
      args: ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
      cwd: root,
      minutes: 1,
      quiet: true,
    });
    const version = done.output.trim();
    if (done.code === 0 && (version === "3.11" || version === "3.12")) return candidate;
    tried.push(`${candidate}: ${done.code === 0 ? version : "not found"}`);
  }
  throw new Error(`Python 3.11 or 3.12 is needed; tried ${tried.join(", ")}. Install one or set HOMEROOM_PYTHON.`);
}

/** The Python environment of the checks and tests. */
export const devVenv = (): Promise<string> => lockedVenv("dev-venv", "superset/requirements-dev.lock");

/** The emulator of AWS, which shares no package with Superset. */
export const awsVenv = (): Promise<string> => lockedVenv("aws-venv", "test/aws/requirements.lock");

/** cfn-lint and checkov. */
export const templatesVenv = (): Promise<string> => lockedVenv("templates-venv", "test/templates/requirements.lock");

/** A hash-locked Python environment, made on first use and again when its lock changes. */
async function lockedVenv(name: string, lockFile: string): Promise<string> {
  const venv = join(workshop, name);
  const lock = join(root, lockFile);
  const hash = createHash("sha256").update(readFileSync(lock)).update(readFileSync(tools)).digest("hex");
  const stamp = join(venv, "homeroom-lock");
  const isCurrent = (): boolean => existsSync(stamp) && readFileSync(stamp, "utf8") === hash;
  if (isCurrent()) return venv;
  mkdirSync(workshop, { recursive: true });
  const turn = await installing();
  try {
    if (!isCurrent()) {
      await install(name, lockFile);
      writeFileSync(stamp, hash);
    }
  } finally {
    turn.release();
  }
  return venv;
}

/** Waits for its turn to install: jest's workers are processes that may want the same environment at once. */
async function installing(): Promise<Lock> {
  const lock = new Lock(new State(workshop));
  for (;;) {
    try {
      lock.acquire();
      return lock;
    } catch (error) {
      if (!(error instanceof LockError)) throw error;
      await wait(200);
    }
  }
}

async function install(name: string, lockFile: string): Promise<void> {
  const venv = join(workshop, name);
  const interpreter = await python();
  const bootstrap = join(workshop, "tools");
  if (!existsSync(join(bootstrap, "bin/uv"))) {
    await must(interpreter, ["-m", "venv", bootstrap], "Making the tools environment");
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", tools];
    await must(join(bootstrap, "bin/python"), pip, "Installing local/requirements.lock");
  }
  const uv = join(bootstrap, "bin/uv");
  await must(uv, ["venv", "--quiet", "--allow-existing", "--python", interpreter, venv], `Making ${name}`);
  const sync = [
    "pip",
    "sync",
    "--quiet",
    "--require-hashes",
    "--python",
    join(venv, "bin/python"),
    join(root, lockFile),
  ];
  await must(uv, sync, `Installing ${lockFile}`);
}
