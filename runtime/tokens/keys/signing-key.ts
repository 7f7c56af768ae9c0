import { createHash, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { en } from "zod/locales";
import * as z from "zod/mini";
import { ExpectedError } from "../../../contract/index.ts";

// Also in @homeroom/embed, where the whole of zod would be six times as large as everything else.
z.config(en());

const matching = (pattern: RegExp, problem?: string) => z.string().check(z.regex(pattern, problem));
/** Seconds since 1970. */
const time = z.int().check(z.nonnegative());

/** A verification key. The members below `use` bind it to an issuer, its tenants and a period. */
const publicKey = z.strictObject({
  kty: z.literal("RSA"),
  n: matching(/^[A-Za-z0-9_-]{342,}$/, "must be a base64url modulus of at least 2048 bits"),
  e: matching(/^[A-Za-z0-9_-]+$/),
  kid: matching(/^[A-Za-z0-9_-]{8,128}$/),
  alg: z.literal("RS256"),
  use: z.literal("sig"),
  iss: matching(/^https:\/\/[^\s?#]+$/, "must be an https URL"),
  tenants: z.array(matching(/^[a-z][a-z0-9-]{0,31}$/)).check(z.minLength(1)),
  activate_at: time,
  retire_at: z.nullable(time),
});
export const jwksFile = z.strictObject({ keys: z.array(publicKey) });

export type PublicSigningKey = z.infer<typeof publicKey>;
export type Jwks = z.infer<typeof jwksFile>;

export interface NewSigningKey {
  readonly publicKey: PublicSigningKey;
  readonly privateKey: KeyObject;
}

export class JwksError extends ExpectedError {
  constructor(source: string, problems: readonly string[]) {
    super(`${source}: ${problems.join("; ")}`);
  }
}

export function parseJwks(text: string, source: string): Jwks {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new JwksError(source, ["is no JSON; restore it, or remove it to create new keys"]);
  }
  const parsed = jwksFile.safeParse(value);
  if (!parsed.success) {
    throw new JwksError(
      source,
      parsed.error.issues.map((issue) => `${issue.path.join(".") || "(top)"}: ${issue.message}`),
    );
  }
  const kids = parsed.data.keys.map(({ kid }) => kid);
  const twice = kids.find((kid, index) => kids.indexOf(kid) !== index);
  if (twice !== undefined) throw new JwksError(source, [`kid ${twice} is listed twice`]);
  return parsed.data;
}

/** Returns the key set with keys added. A key that is already in the set is replaced. */
export function withKeys(jwks: Jwks, added: readonly NewSigningKey[]): Jwks {
  const keys = added.map(({ publicKey }) => publicKey);
  return { keys: [...jwks.keys.filter(({ kid }) => !keys.some((key) => key.kid === kid)), ...keys] };
}

/** Returns the JWK thumbprint of a key (RFC 7638), which is the same wherever it is computed. */
export function thumbprint({ e, kty, n }: { e: string; kty: string; n: string }): string {
  return createHash("sha256").update(JSON.stringify({ e, kty, n })).digest("base64url");
}

export interface SigningKeyProps {
  readonly issuer: string;
  readonly tenants: readonly string[];
  readonly activateAt: number;
  readonly modulusBits?: 2048 | 3072;
}

interface RsaPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const generateRsaPair = (modulusLength: number): Promise<RsaPair> =>
  promisify(generateKeyPair)("rsa", { modulusLength });

/**
 * Makes a key whose kid does not begin with a hyphen, as one in 64 would: a command line takes such a kid for an option,
 * and revoking a stolen key is no time to learn that.
 */
export async function generateSigningKey(
  props: SigningKeyProps,
  generatePair: (modulusLength: number) => Promise<RsaPair> = generateRsaPair,
): Promise<NewSigningKey> {
  const pair = await generatePair(props.modulusBits ?? 2048);
  const { n = "", e = "" } = pair.publicKey.export({ format: "jwk" });
  const kid = thumbprint({ e, kty: "RSA", n });
  if (kid.startsWith("-")) return generateSigningKey(props, generatePair);
  return {
    privateKey: pair.privateKey,
    publicKey: publicKey.parse({
      kty: "RSA",
      n,
      e,
      kid,
      alg: "RS256",
      use: "sig",
      iss: props.issuer,
      tenants: [...props.tenants],
      activate_at: props.activateAt,
      retire_at: null,
    }),
  };
}
