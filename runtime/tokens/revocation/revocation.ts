import { platform } from "../../../contract/index.ts";

const { tokenMaxAgeSeconds, clockSkewSeconds } = platform.limits;
const dayInSeconds = 86_400;
const id = /^[1-9][0-9]{0,9}$/;
const tenantName = /^[a-z][a-z0-9-]{0,31}$/;
const name = /^[A-Za-z0-9_-]{8,128}$/;

/** Which tokens end. A person, a school and a tenant may have new tokens at once; a token and a key stay refused. */
export type Revocation =
  | { readonly kind: "jti"; readonly jti: string }
  | { readonly kind: "kid"; readonly kid: string }
  | { readonly kind: "user"; readonly tenant: string; readonly user_id: number }
  | { readonly kind: "school"; readonly tenant: string; readonly school_id: number }
  | { readonly kind: "tenant"; readonly tenant: string };

export interface RevocationEntry {
  readonly revocation: Revocation;
  /** Seconds since 1970: what was issued until then is refused. */
  readonly at: number;
}

export class RevocationError extends Error {}

/** The field of the hash `platform.trustStore.revokedHash`; superset/…/guest/revocation.py looks for the same ones. */
export function fieldOf(revocation: Revocation): string {
  switch (revocation.kind) {
    case "jti":
      return `jti:${checked("jti", revocation.jti, name, "8 to 128 of A-Z, a-z, 0-9, _ and -")}`;
    case "kid":
      return `kid:${checked("kid", revocation.kid, name, "8 to 128 of A-Z, a-z, 0-9, _ and -")}`;
    case "user":
      return `user:${tenantOf(revocation)}:${numberOf("user_id", revocation.user_id)}`;
    case "school":
      return `school:${tenantOf(revocation)}:${numberOf("school_id", revocation.school_id)}`;
    case "tenant":
      return `tenant:${tenantOf(revocation)}`;
  }
}

/** The same for a log, which names no person: of a user the tenant alone. */
export const toldField = (revocation: Revocation): string =>
  revocation.kind === "user" ? `user:${tenantOf(revocation)}` : fieldOf(revocation);

const readers: Readonly<Record<string, (first: string, second: string) => Revocation>> = {
  jti: (jti) => ({ kind: "jti", jti }),
  kid: (kid) => ({ kind: "kid", kid }),
  user: (tenant, user) => ({ kind: "user", tenant, user_id: Number(user) }),
  school: (tenant, school) => ({ kind: "school", tenant, school_id: Number(school) }),
  tenant: (tenant) => ({ kind: "tenant", tenant }),
};

/** Undefined when the field is none of ours. */
export function revocationOf(field: string): Revocation | undefined {
  const [kind = "", first = "", second = ""] = field.split(":");
  const revocation = Object.hasOwn(readers, kind) ? readers[kind]?.(first, second) : undefined;
  try {
    return revocation !== undefined && fieldOf(revocation) === field ? revocation : undefined;
  } catch (error) {
    if (error instanceof RevocationError) return undefined;
    throw error;
  }
}

const share = { jti: 0.8, user: 0.8, school: 0.9, tenant: 1, kid: 1 } as const;

/** Entries of all kinds with which one of this kind still has room: what ends more tokens has places that the rest cannot take. */
export const mostEntries = ({ kind }: Revocation): number => Math.floor(platform.trustStore.revokedMax * share[kind]);

export function noRoom(revocation: Revocation): RevocationError {
  const instead = {
    jti: "revoke the school, the tenant or the key",
    user: "revoke the school, the tenant or the key",
    school: "revoke the tenant or the key",
    tenant: "lift entries with `homeroom revoke lift`",
    kid: "lift entries with `homeroom revoke lift`",
  }[revocation.kind];
  return new RevocationError(
    `the list has ${mostEntries(revocation)} entries, with which it takes no further ${revocation.kind}; ${instead} instead`,
  );
}

/**
 * Whether no token that verifies can match any more. A key's entry outlives its key: only a kid that is in no
 * published key set, for a day at least, has been forgotten by every verifier.
 */
export function isSpent({ revocation, at }: RevocationEntry, now: number, published: ReadonlySet<string>): boolean {
  if (revocation.kind === "kid") return at + dayInSeconds < now && !published.has(revocation.kid);
  // A token may be dated ahead of our clock by the skew, and verifies beyond its end by it.
  return at + tokenMaxAgeSeconds + 2 * clockSkewSeconds < now;
}

const tenantOf = (revocation: { readonly tenant: string }): string =>
  checked("tenant", revocation.tenant, tenantName, "1 to 32 of a-z, 0-9 and -, a letter first");

const numberOf = (what: string, value: number): string =>
  checked(what, String(value), id, "a whole number from 1 to 2147483647", value <= 2_147_483_647);

function checked(what: string, value: string, pattern: RegExp, allowed: string, inRange = true): string {
  if (pattern.test(value) && inRange) return value;
  throw new RevocationError(`${what} is ${JSON.stringify(value)}; give ${allowed}`);
}
