import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { run } from "../../cli/program.ts";

export const root = join(import.meta.dirname, "../..");

export interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command in this process, which is quick; the exit code stays the test run's own. */
export async function homeroom(...args: string[]): Promise<Answer> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(["node", "homeroom", ...args], {
    print: (text) => out.push(text),
    fail: (text) => err.push(text),
  });
  process.exitCode = 0;
  return { code, out: out.join("\n"), err: err.join("\n") };
}

/** Runs the command as a user does, in a process of its own at the top of the repository. */
export async function npxHomeroom(...args: string[]): Promise<Answer> {
  try {
    const { stdout, stderr } = await promisify(execFile)("npx", ["homeroom", ...args], { cwd: root });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}
