import { randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { platform } from "../../contract/index.ts";
import { type Claims, claimProblems, isClaims, type Person } from "./claims.ts";
import type { KeyStore } from "./key-store.ts";
import { Refusal } from "./refusal.ts";
import type { PublicSigningKey } from "./signing-key.ts";

const { tokenMaxAgeSeconds, tokenMaxBytes, clockSkewSeconds } = platform.limits;

export interface MintRequest {
  readonly person: Person;
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
  readonly keys: KeyStore;
  readonly audience: string;
  /** Seconds since 1970. */
  readonly now: number;
}

/** The newest key that may sign now and still verifies when the token ends. */
export function activeKey(
  keys: readonly PublicSigningKey[],
  wanted: { tenant: string; issuer?: string | undefined; now: number; expires: number },
): PublicSigningKey | undefined {
  return keys
    .filter((key) => key.tenants.includes(wanted.tenant) && (wanted.issuer === undefined || key.iss === wanted.issuer))
    .filter((key) => key.activate_at <= wanted.now)
    .filter((key) => key.retire_at === null || key.retire_at >= wanted.expires + clockSkewSeconds)
    .sort((left, right) => right.activate_at - left.activate_at)[0];
}

export async function mintToken(request: MintRequest, props: MintProps): Promise<MintedToken> {
  const lifetime = request.lifetime ?? tokenMaxAgeSeconds;
  if (!Number.isInteger(lifetime) || lifetime < 1 || lifetime > tokenMaxAgeSeconds) {
    throw new Refusal(400, "lifetime", `lifetime is ${lifetime}; give 1 to ${tokenMaxAgeSeconds} whole seconds`);
  }
  const { keys } = await props.keys.read();
  const expires = props.now + lifetime;
  const key = activeKey(keys, { tenant: request.tenant, issuer: request.issuer, now: props.now, expires });
  if (key === undefined) {
    const issuer = request.issuer === undefined ? "" : ` of issuer ${request.issuer}`;
    throw new Refusal(403, "no_key", `no active key${issuer} may sign for tenant ${JSON.stringify(request.tenant)}`);
  }
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
  if (!isClaims(claims)) throw new Refusal(400, "claims", claimProblems(claims).join("; "));
  const privateKey = await props.keys.privateKey(key.kid);
  if (privateKey === undefined) {
    throw new Refusal(
      503,
      "no_private_key",
      `key ${key.kid} is published but its private half is not here; restore it or rotate`,
    );
  }
  const token = await new SignJWT({ ...claims })
    .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: key.kid })
    .sign(privateKey);
  if (token.length > tokenMaxBytes) {
    throw new Refusal(
      400,
      "token_size",
      `the token has ${token.length} bytes, at most ${tokenMaxBytes} fit a request line; shorten org_structure or class_ids`,
    );
  }
  return { token, claims, kid: key.kid };
}
