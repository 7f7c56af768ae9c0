import { z } from "zod";
import { databaseSchema } from "../collector/connection.ts";

const path = z.string().startsWith("/", "must be an absolute path");

export const sealerConfig = z.strictObject({
  origin: z.string().regex(/^[a-z0-9][a-z0-9./-]{0,99}$/),
  database: databaseSchema,
  /** Folder that the log is published in. */
  log: path,
  /** File with the seed of the log's Ed25519 key, 32 bytes in base64. */
  keyFile: path,
  /** Address of the witness. Without it checkpoints carry the log's signature alone. */
  witness: z.url().optional(),
  everySeconds: z.int().min(1).max(3600).default(60),
});

export type SealerConfig = z.input<typeof sealerConfig>;
