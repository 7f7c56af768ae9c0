import { spawn } from "node:child_process";

/** The result of one suite. A suite that crashed or held no test has failed, whatever it counted before. */
export interface Tally {
  readonly suite: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  readonly notes: readonly string[];
}

export interface Finished {
  readonly code: number | null;
  readonly output: string;
  readonly seconds: number;
  readonly timedOut: boolean;
}

export interface Run {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly minutes: number;
  readonly quiet?: boolean;
}

/** Runs a command in a group of its own, so that one that hangs ends with all its children. */
export function run({ command, args, cwd, env, minutes, quiet }: Run): Promise<Finished> {
  const began = performance.now();
  return new Promise((resolve) => {
    let output = "";
    let timedOut = false;
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const kill = (signal: NodeJS.Signals): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, signal);
      } catch {
        // The group has ended already.
      }
    };
    const interrupted = (): void => kill("SIGINT");
    process.once("SIGINT", interrupted);
    process.once("SIGTERM", interrupted);
    const timer = setTimeout(() => {
      timedOut = true;
      kill("SIGTERM");
      setTimeout(() => kill("SIGKILL"), 10_000).unref();
    }, minutes * 60_000);
    const collect = (chunk: Buffer): void => {
      output += chunk.toString("utf8");
      if (!quiet) process.stdout.write(chunk);
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    const end = (code: number | null): void => {
      clearTimeout(timer);
      process.off("SIGINT", interrupted);
      process.off("SIGTERM", interrupted);
      resolve({ code, output, seconds: (performance.now() - began) / 1000, timedOut });
    };
    child.once("error", (error) => {
      output += `${command}: ${error.message}\n`;
      end(127);
    });
    child.once("close", end);
  });
}

/** Turns counts into a tally, adding one failure when the suite itself cannot be trusted. */
export function tally(
  suite: string,
  finished: Finished,
  counts: { passed: number; failed: number; skipped: number } | undefined,
): Tally {
  const notes: string[] = [];
  const { passed, failed, skipped } = counts ?? { passed: 0, failed: 0, skipped: 0 };
  if (finished.timedOut) notes.push(`${suite} was ended at its time limit`);
  else if (counts === undefined) notes.push(`${suite} ended with code ${finished.code} without a result`);
  else if (passed + failed === 0) notes.push(`${suite} ran no test`);
  else if (finished.code !== 0 && failed === 0)
    notes.push(`${suite} ended with code ${finished.code} although no test failed`);
  return { suite, passed, failed: failed + notes.length, skipped, seconds: finished.seconds, notes };
}

interface JestResults {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

/** Counts of jest's JSON file; a test file that could not be run is one failure. */
export function countJest(json: string): { passed: number; failed: number; skipped: number } {
  const results = JSON.parse(json) as JestResults;
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

/** Counts of pytest's JUnit file. */
export function countJunit(xml: string): { passed: number; failed: number; skipped: number } | undefined {
  const suite = /<testsuite\b[^>]*>/.exec(xml)?.[0];
  if (suite === undefined) return undefined;
  const number = (name: string): number => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  const skipped = number("skipped");
  return { passed: number("tests") - failed - skipped, failed, skipped };
}
