import { readFileSync } from "node:fs";
import type { z } from "zod";
import { ExpectedError } from "../../contract/index.ts";

/** Reads a service's JSON file, which an environment variable names. Throws ExpectedError with every problem. */
export function readServiceFile<S extends z.ZodType>(schema: S, variable: string, env: NodeJS.ProcessEnv): z.output<S> {
  const file = env[variable];
  if (file === undefined) throw new ExpectedError(`${variable} is not set; it names the service's JSON file`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.name : "error";
    throw new ExpectedError(`${variable}: ${file} is no readable JSON (${reason})`);
  }
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const problems = read.error.issues.map((issue) => `  - ${issue.path.join(".")}: ${issue.message}`);
  throw new ExpectedError([`${file} (${variable}) has problems:`, ...problems].join("\n"));
}
