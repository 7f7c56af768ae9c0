import * as z from "zod/mini";
import { type Jwks, type NewSigningKey, parseJwks } from "./signing-key.ts";

/** Private halves by kid; their dates stand in the JWKS alone, so that the two can never disagree. */
const signingSecret = z.strictObject({
  keys: z.array(
    z.strictObject({
      kid: z.string().check(z.minLength(1)),
      iss: z.string().check(z.minLength(1)),
      tenants: z.array(z.string()).check(z.minLength(1)),
      n: z.string().check(z.minLength(342)),
      e: z.string().check(z.minLength(1)),
      private_key: z.string().check(z.startsWith("-----BEGIN PRIVATE KEY-----")),
    }),
  ),
});

export type SigningSecret = z.infer<typeof signingSecret>;
export type PrivateSigningKey = SigningSecret["keys"][number];

/** What AWS makes up when the stack creates the secret, before the first rotation. */
const generated = /^[A-Za-z0-9]{64}$/;

export const isGenerated = (text: string): boolean => generated.test(text);

/** The text of the JWKS secret: no keys before the first rotation. */
export const parsePublished = (text: string, source: string): Jwks =>
  isGenerated(text) ? { keys: [] } : parseJwks(text, source);

export function privateHalf({ privateKey, publicKey }: NewSigningKey): PrivateSigningKey {
  const { kid, iss, tenants, n, e } = publicKey;
  return { kid, iss, tenants, n, e, private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

export function parseSigningSecret(text: string, source: string): SigningSecret {
  if (isGenerated(text)) return { keys: [] };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${source}: holds no JSON; restore its AWSPREVIOUS version`);
  }
  const parsed = signingSecret.safeParse(value);
  if (parsed.success) return parsed.data;
  // Paths only: zod's messages may quote what was found, and this is a private key.
  const places = parsed.error.issues.map(({ path }) => path.join(".") || "(top)");
  throw new Error(`${source}: malformed at ${places.join(", ")}; restore its AWSPREVIOUS version`);
}
