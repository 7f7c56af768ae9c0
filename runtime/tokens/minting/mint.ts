import { type KeyObject, randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { type Claims, platform, type UnjudgedPerson } from "../../../contract/index.ts";
import { claimProblems, isClaims } from "../claims/claims.ts";
import type { KeyReader } from "../keys/key-store.ts";
import { Refusal } from "../refusal.ts";
import type { PublicSigningKey } from "../keys/signing-key.ts";

const { tokenMaxAgeSeconds, tokenMaxBytes, clockSkewSeconds } = platform.limits;

export interface MintRequest {
  readonly person: UnjudgedPerson;
  readonly tenant: string;
  readonly dashboard: string;
  /** Lifetime in seconds; an hour by default and at most. */
  readonly lifetime?: number | undefined;
  /** URL of the issuer that signs; by default the tenant's issuer with the newest active key. */
  readonly issuer?: string | undefined;
}

export interface MintedToken {
  readonly token: string;
  readonly claims: Claims;
  readonly kid: string;
}

export interface MintProps {
  readonly keys: KeyReader;
  /** Kids of revoked keys, which sign nothing although they are published. */
  readonly revokedKids?: ReadonlySet<string> | undefined;
  readonly audience: string;
  /** Seconds since 1970. */
  readonly now: number;
}

/** Lists the keys that may sign now and will still verify when the token ends, newest first. */
function activeKeys(
  keys: readonly PublicSigningKey[],
  wanted: { tenant: string; issuer?: string | undefined; now: number; expires: number },
): PublicSigningKey[] {
  return keys
    .filter((key) => key.tenants.includes(wanted.tenant) && (wanted.issuer === undefined || key.iss === wanted.issuer))
    .filter((key) => key.activate_at <= wanted.now)
    .filter((key) => key.retire_at === null || key.retire_at >= wanted.expires + clockSkewSeconds)
    .sort((left, right) => right.activate_at - left.activate_at);
}

export async function mintToken(request: MintRequest, props: MintProps): Promise<MintedToken> {
  const lifetime = request.lifetime ?? tokenMaxAgeSeconds;
  if (!Number.isInteger(lifetime) || lifetime < 1 || lifetime > tokenMaxAgeSeconds) {
    throw new Refusal(400, "lifetime", `lifetime is ${lifetime}; give 1 to ${tokenMaxAgeSeconds} whole seconds`);
  }
  const expires = props.now + lifetime;
  const { key, privateKey } = await findSigningKey(request, expires, props);
  const claims = {
    ...request.person,
    is_active: true,
    tenant: request.tenant,
    dashboard: request.dashboard,
    type: "guest",
    iss: key.iss,
    aud: props.audience,
    iat: props.now,
    nbf: props.now,
    exp: expires,
    jti: randomUUID(),
  };
  const signedClaims = requireSerialisableClaims(requireClaims(claims));
  const token = await new SignJWT({ ...signedClaims })
    .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: key.kid })
    .sign(privateKey);
  if (token.length > tokenMaxBytes) {
    throw new Refusal(
      400,
      "token_size",
      `the token has ${token.length} bytes, at most ${tokenMaxBytes} fit a request line; shorten org_structure or class_ids`,
    );
  }
  return { token, claims: signedClaims, kid: key.kid };
}

function requireClaims(claims: unknown): Claims {
  if (!isClaims(claims)) throw new Refusal(400, "claims", claimProblems(claims).join("; "));
  return claims;
}

/** Validates the claims as JSON writes them, because JSON changes some values, such as a Date. */
const requireSerialisableClaims = (claims: Claims): Claims => requireClaims(JSON.parse(JSON.stringify(claims)));

/**
 * Finds the newest active key whose private key is here. A newer key without its private key does not block an older
 * one.
 */
async function findSigningKey(
  { tenant, issuer }: MintRequest,
  expires: number,
  { keys, now, revokedKids }: MintProps,
): Promise<{ key: PublicSigningKey; privateKey: KeyObject }> {
  const published = (await keys.read()).keys.filter(({ kid }) => revokedKids?.has(kid) !== true);
  const active = activeKeys(published, { tenant, issuer, now, expires });
  for (const key of active) {
    const privateKey = await keys.privateKey(key.kid);
    if (privateKey !== undefined) return { key, privateKey };
  }
  const [newest] = active;
  if (newest === undefined) {
    const ofIssuer = issuer === undefined ? "" : ` of issuer ${issuer}`;
    throw new Refusal(403, "no_key", `no active key${ofIssuer} may sign for tenant ${JSON.stringify(tenant)}`);
  }
  throw new Refusal(
    503,
    "no_private_key",
    `key ${newest.kid} is published but its private half is not here; restore it or rotate`,
  );
}
