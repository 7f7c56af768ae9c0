import { z } from "zod";

const path = z.string().startsWith("/", "must be an absolute path");

export const witnessConfig = z.strictObject({
  /** Name of the log, and its public key: 32 bytes in base64. */
  log: z.strictObject({ origin: z.string().min(1), publicKey: z.base64().length(44) }),
  name: z.string().regex(/^[a-z0-9][a-z0-9./-]{0,99}$/),
  /** File with the seed of the witness's Ed25519 key, 32 bytes in base64. */
  keyFile: path,
  /** Folder of its state and of the checkpoints that it cosigned. */
  folder: path,
  port: z.int().min(0).max(65_535),
});

export type WitnessConfig = z.output<typeof witnessConfig>;
