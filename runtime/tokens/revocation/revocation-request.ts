import { z } from "zod";
import { platform } from "../../../contract/index.ts";
import { clientAuthentication } from "../server/request-body.ts";

const tenant = z.string();

/**
 * A client names a token by showing it, so that it can end only what it could have issued.
 * Keys are ended by an operator: `homeroom keys revoke`.
 */
const asked = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("token"), token: z.string().min(1).max(platform.limits.tokenMaxBytes) }),
  z.strictObject({ kind: z.literal("user"), tenant, user_id: z.int() }),
  z.strictObject({ kind: z.literal("school"), tenant, school_id: z.int() }),
  z.strictObject({ kind: z.literal("tenant"), tenant }),
]);

export const revocationRequest = z.strictObject({
  ...clientAuthentication,
  revoke: z.array(asked).min(1).max(100),
});

export type AskedRevocation = z.infer<typeof asked>;

export const madeRevocations = z.strictObject({
  revoked: z.int(),
  /** Seconds since 1970; from then on no verifier accepts what was revoked. */
  effective_at: z.int(),
});

export type MadeRevocations = z.infer<typeof madeRevocations>;
