import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, workshop } from "../support/workshop.ts";

/** HOMEROOM_E2E_PORT_OFFSET lets two checkouts test on one machine. */
export const portOffset = Number(process.env["HOMEROOM_E2E_PORT_OFFSET"] ?? 3000);
export const stateDir = join(workshop, "state");

export interface Stack {
  /** Seconds from the command to "Homeroom runs". */
  readonly seconds: number;
  /** Facts by which the test files find the stack. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface StackOptions {
  readonly state?: string;
  readonly offset?: number;
  readonly minutes?: number;
  readonly quiet?: boolean;
}

/** Lists the command lines of processes that still use a state folder. */
export function leftovers(state: string): string[] {
  if (!existsSync("/proc/self/cmdline")) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        return "";
      }
    })
    .filter((line) => line.includes(`${state}/`));
}

const READY = /^Homeroom runs/m;

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once("exit", resolve);
  });
}

/** Starts what `npm start` starts, in a process group of its own, and waits until it says that it runs. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { state = stateDir, offset = portOffset, minutes = 10, quiet = false } = options;
  mkdirSync(workshop, { recursive: true });
  const began = performance.now();
  const args = ["--import", "tsx", join(root, "local/start.ts"), "--state", state, "--port-offset", String(offset)];
  const child = spawn(process.execPath, args, { cwd: root, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const log = createWriteStream(join(workshop, "start.log"));
  let output = "";
  const stop = async (): Promise<void> => {
    child.kill("SIGINT");
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }, 60_000);
    await ended(child);
    clearTimeout(timer);
    log.end();
  };
  const ready = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`The stack was not up after ${minutes} minutes; its last lines:\n${output.slice(-1500)}`)),
      minutes * 60_000,
    );
    const read = (chunk: Buffer): void => {
      output += chunk.toString("utf8");
      log.write(chunk);
      if (!quiet) process.stdout.write(chunk);
      if (READY.test(output)) {
        clearTimeout(timer);
        resolve();
      }
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("error", reject);
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`npm start ended with ${code}:\n${output.slice(-3000)}`));
    });
  });
  const interrupted = (): void => void child.kill("SIGINT");
  process.on("SIGINT", interrupted);
  process.on("SIGTERM", interrupted);
  const release = (): void => {
    process.off("SIGINT", interrupted);
    process.off("SIGTERM", interrupted);
  };
  try {
    await ready;
  } catch (error) {
    await stop();
    release();
    throw error;
  }
  return {
    seconds: (performance.now() - began) / 1000,
    environment: { HOMEROOM_E2E_STATE: state, HOMEROOM_E2E_PORT_OFFSET: String(offset) },
    stop: async () => {
      await stop().finally(release);
      const left = leftovers(state);
      if (left.length > 0) throw new Error(`Ctrl-C left ${left.length} processes behind:\n${left.join("\n")}`);
    },
  };
}
