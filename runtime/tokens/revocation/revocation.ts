import { ExpectedError, platform } from "../../../contract/index.ts";

const { tokenMaxAgeSeconds, clockSkewSeconds } = platform.limits;
const dayInSeconds = 86_400;
const keyPattern = /^([1-9][0-9]{0,15}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const tenantPattern = /^[a-z][a-z0-9-]{0,31}$/;
const identifierPattern = /^[A-Za-z0-9_-]{8,128}$/;

/**
 * The tokens that a revocation ends. A person, a school and a tenant may get new tokens at once; a revoked token or key
 * stays refused.
 */
export type Revocation =
  | { readonly kind: "jti"; readonly jti: string }
  | { readonly kind: "kid"; readonly kid: string }
  | { readonly kind: "user"; readonly tenant: string; readonly user_id: number | string }
  | { readonly kind: "school"; readonly tenant: string; readonly school_id: number | string }
  | { readonly kind: "tenant"; readonly tenant: string };

export interface RevocationEntry {
  readonly revocation: Revocation;
  /** Seconds since 1970; tokens issued until this time are refused. */
  readonly at: number;
}

export class RevocationError extends ExpectedError {}

/**
 * Returns the revocation's field in the Redis hash `platform.trustStore.revokedHash`; token/revocation.py reads the
 * same fields.
 */
export function fieldOf(revocation: Revocation): string {
  switch (revocation.kind) {
    case "jti":
      return `jti:${requirePattern("jti", revocation.jti, identifierPattern, "8 to 128 of A-Z, a-z, 0-9, _ and -")}`;
    case "kid":
      return `kid:${requirePattern("kid", revocation.kid, identifierPattern, "8 to 128 of A-Z, a-z, 0-9, _ and -")}`;
    case "user":
      return `user:${tenantOf(revocation)}:${keyOf("user_id", revocation.user_id)}`;
    case "school":
      return `school:${tenantOf(revocation)}:${keyOf("school_id", revocation.school_id)}`;
    case "tenant":
      return `tenant:${tenantOf(revocation)}`;
  }
}

/** Returns the field as logs print it: a log names no person, so a user's field is cut to the tenant. */
export const toldField = (revocation: Revocation): string =>
  revocation.kind === "user" ? `user:${tenantOf(revocation)}` : fieldOf(revocation);

const parsers: Readonly<Record<string, (first: string, second: string) => Revocation>> = {
  jti: (jti) => ({ kind: "jti", jti }),
  kid: (kid) => ({ kind: "kid", kid }),
  user: (tenant, user) => ({ kind: "user", tenant, user_id: keyIn(user) }),
  school: (tenant, school) => ({ kind: "school", tenant, school_id: keyIn(school) }),
  tenant: (tenant) => ({ kind: "tenant", tenant }),
};

/** Parses a field of the Redis hash; undefined when it is not a revocation. */
export function revocationOf(field: string): Revocation | undefined {
  const [kind = "", first = "", second = ""] = field.split(":");
  const revocation = Object.hasOwn(parsers, kind) ? parsers[kind]?.(first, second) : undefined;
  try {
    return revocation !== undefined && fieldOf(revocation) === field ? revocation : undefined;
  } catch (error) {
    if (error instanceof RevocationError) return undefined;
    throw error;
  }
}

const limitShares = { jti: 0.8, user: 0.8, school: 0.9, tenant: 1, kid: 1 } as const;

/**
 * Returns how many entries the list may hold when one of this kind is added. A kind that ends more tokens has a higher
 * limit, so that the other kinds cannot fill the list.
 */
export const entryLimit = ({ kind }: Revocation): number =>
  Math.floor(platform.trustStore.revokedMax * limitShares[kind]);

export function listFullError(revocation: Revocation): RevocationError {
  const alternative = {
    jti: "revoke the school, the tenant or the key",
    user: "revoke the school, the tenant or the key",
    school: "revoke the tenant or the key",
    tenant: "lift entries with `homeroom revoke lift`",
    kid: "lift entries with `homeroom revoke lift`",
  }[revocation.kind];
  return new RevocationError(
    `the list has ${entryLimit(revocation)} entries, with which it takes no further ${revocation.kind}; ${alternative} instead`,
  );
}

/**
 * Tells whether an entry can no longer match a valid token. The entry of a key outlives the key: every verifier has
 * dropped a kid only when it has been out of the published key set for a day.
 */
export function isExpired({ revocation, at }: RevocationEntry, now: number, published: ReadonlySet<string>): boolean {
  if (revocation.kind === "kid") return at + dayInSeconds < now && !published.has(revocation.kid);
  // A token may be dated ahead of our clock by the skew, and verifies beyond its end by the skew.
  return at + tokenMaxAgeSeconds + 2 * clockSkewSeconds < now;
}

const tenantOf = (revocation: { readonly tenant: string }): string =>
  requirePattern("tenant", revocation.tenant, tenantPattern, "1 to 32 of a-z, 0-9 and -, a letter first");

const keyOf = (what: string, value: number | string): string =>
  requirePattern(
    what,
    String(value),
    keyPattern,
    "a whole number from 1 to 9007199254740991 or a UUID",
    typeof value === "string" ? value.includes("-") : Number.isSafeInteger(value),
  );

/** A key as the field has it: digits are a number. */
const keyIn = (text: string): number | string => (/^[0-9]+$/.test(text) ? Number(text) : text);

function requirePattern(what: string, value: string, pattern: RegExp, allowed: string, inRange = true): string {
  if (pattern.test(value) && inRange) return value;
  throw new RevocationError(`${what} is ${JSON.stringify(value)}; give ${allowed}`);
}
