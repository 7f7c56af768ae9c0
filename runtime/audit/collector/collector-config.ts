import { z } from "zod";
import { databaseSchema } from "./connection.ts";

const path = z.string().startsWith("/", "must be an absolute path");

export const collectorConfig = z.strictObject({
  /** Folder that writers put their events into; the socket is made in it. */
  spool: path,
  store: databaseSchema,
  vault: databaseSchema,
  /** File with 32 bytes in base64 that wraps the keys of people. */
  wrappingKeyFile: path,
  /** Loopback port of /health and /metrics. */
  port: z.int().min(0).max(65_535),
});

export type CollectorConfig = z.output<typeof collectorConfig>;
