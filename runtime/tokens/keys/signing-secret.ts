import * as z from "zod/mini";
import { type Jwks, type NewSigningKey, parseJwks } from "./signing-key.ts";

/** The private keys. Their dates are only in the JWKS, so that the two documents cannot disagree. */
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

/** The random text that AWS stores when the stack creates the secret, before the first rotation. */
const placeholderPattern = /^[A-Za-z0-9]{64}$/;

export const isPlaceholder = (text: string): boolean => placeholderPattern.test(text);

/** Parses the text of the JWKS secret. The AWS placeholder is a key set without keys. */
export const parsePublished = (text: string, source: string): Jwks =>
  isPlaceholder(text) ? { keys: [] } : parseJwks(text, source);

export function privateHalf({ privateKey, publicKey }: NewSigningKey): PrivateSigningKey {
  const { kid, iss, tenants, n, e } = publicKey;
  return { kid, iss, tenants, n, e, private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

export function parseSigningSecret(text: string, source: string): SigningSecret {
  if (isPlaceholder(text)) return { keys: [] };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${source}: holds no JSON; restore its AWSPREVIOUS version`);
  }
  const parsed = signingSecret.safeParse(value);
  if (parsed.success) return parsed.data;
  // The error names paths only: zod's messages may quote the value, which is a private key.
  const paths = parsed.error.issues.map(({ path }) => path.join(".") || "(top)");
  throw new Error(`${source}: malformed at ${paths.join(", ")}; restore its AWSPREVIOUS version`);
}
