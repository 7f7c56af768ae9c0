import { z } from "zod";
import { platform } from "../../../contract/index.ts";
import { clientAuthentication } from "../request-body.ts";

const tenant = z.string();
const key = z.union([z.int(), z.string()]);

/**
 * The tokens to revoke. A single token is sent whole, which proves that the client has it; an operator revokes keys
 * with `homeroom keys revoke`.
 */
const requestedRevocation = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("token"), token: z.string().min(1).max(platform.limits.tokenMaxBytes) }),
  z.strictObject({ kind: z.literal("user"), tenant, user_id: key }),
  z.strictObject({ kind: z.literal("school"), tenant, school_id: key }),
  z.strictObject({ kind: z.literal("tenant"), tenant }),
]);

export const revocationRequest = z.strictObject({
  ...clientAuthentication,
  revoke: z.array(requestedRevocation).min(1).max(100),
});

export type RequestedRevocation = z.infer<typeof requestedRevocation>;

export const madeRevocations = z.strictObject({
  revoked: z.int(),
  /** Seconds since 1970; from this time no verifier accepts the revoked tokens. */
  effective_at: z.int(),
});

export type MadeRevocations = z.infer<typeof madeRevocations>;
