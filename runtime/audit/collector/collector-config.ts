import { readFileSync } from "node:fs";
import { z } from "zod";
import { ExpectedError } from "../../../contract/index.ts";
import { databaseSchema } from "./connection.ts";

const path = z.string().startsWith("/", "must be an absolute path");

const configSchema = z.strictObject({
  /** Folder that writers put their events into; the socket is made in it. */
  spool: path,
  store: databaseSchema,
  vault: databaseSchema,
  /** File with 32 bytes in base64 that wraps the keys of people. */
  wrappingKeyFile: path,
  /** Loopback port of /health and /metrics. */
  port: z.int().min(0).max(65_535),
});

export type CollectorConfig = z.output<typeof configSchema>;

/** Reads the collector's configuration. Throws ExpectedError with every problem. */
export function readCollectorConfig(file: string | undefined, variable: string): CollectorConfig {
  if (file === undefined) throw new ExpectedError(`${variable} is not set; it names the collector's JSON file`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new ExpectedError(
      `${variable}: ${file} is no readable JSON (${error instanceof Error ? error.name : "error"})`,
    );
  }
  const read = configSchema.safeParse(value);
  if (read.success) return read.data;
  const problems = read.error.issues.map((issue) => `  - ${issue.path.join(".")}: ${issue.message}`);
  throw new ExpectedError([`${file} is not the collector's configuration:`, ...problems].join("\n"));
}
