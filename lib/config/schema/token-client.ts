import { z } from "zod";
import { roles } from "../../../contract/claims.ts";

const slug = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "the slug of a dashboard");

/** Public half of an RSA key, RFC 7517; its private half never leaves the host product. */
const publicKeySchema = z.strictObject({
  kty: z.literal("RSA"),
  n: z.string().min(342, "a modulus of at least 2048 bits, base64url"),
  e: z.string().min(1),
  kid: z.string().min(1),
  alg: z.literal("RS256"),
  use: z.literal("sig"),
});

/** A host backend that may ask the token service for tokens. */
export const tokenClientSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, "lower-case letters, digits and hyphens"),
  keys: z.array(publicKeySchema).min(1),
  tenants: z.array(z.string()).min(1),
  roles: z.array(z.enum(roles)).min(1),
  dashboards: z.array(slug).min(1),
  requestsPerMinute: z.int().min(1).max(60_000),
});

export type TokenClient = z.output<typeof tokenClientSchema>;
