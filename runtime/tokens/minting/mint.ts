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
  /** Seconds; an hour by default and at most. */
  readonly lifetime?: number | undefined;
  /** Which of a tenant's issuers signs; by default the one with the newest active key. */
  readonly issuer?: string | undefined;
}

export interface MintedToken {
  readonly token: string;
  readonly claims: Claims;
  readonly kid: string;
}

export interface MintProps {
  readonly keys: KeyReader;
  /** Kids that sign nothing although they are published. */
  readonly revokedKids?: ReadonlySet<string> | undefined;
  readonly audience: string;
  /** Seconds since 1970. */
  readonly now: number;
}

/** The keys that may sign now and still verify when the token ends, newest first. */
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
  const { key, privateKey } = await signer(request, expires, props);
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
  const written = asWritten(judged(claims));
  const token = await new SignJWT({ ...written })
    .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: key.kid })
    .sign(privateKey);
  if (token.length > tokenMaxBytes) {
    throw new Refusal(
      400,
      "token_size",
      `the token has ${token.length} bytes, at most ${tokenMaxBytes} fit a request line; shorten org_structure or class_ids`,
    );
  }
  return { token, claims: written, kid: key.kid };
}

function judged(claims: unknown): Claims {
  if (!isClaims(claims)) throw new Refusal(400, "claims", claimProblems(claims).join("; "));
  return claims;
}

/** JSON may write an object otherwise than its members say, as it does a Date; what is signed is judged once more. */
const asWritten = (claims: Claims): Claims => judged(JSON.parse(JSON.stringify(claims)));

/** A newer key whose private half has not arrived yet does not stop the older one. */
async function signer(
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
    const of = issuer === undefined ? "" : ` of issuer ${issuer}`;
    throw new Refusal(403, "no_key", `no active key${of} may sign for tenant ${JSON.stringify(tenant)}`);
  }
  throw new Refusal(
    503,
    "no_private_key",
    `key ${newest.kid} is published but its private half is not here; restore it or rotate`,
  );
}
