import { ExpectedError, platform } from "../../../contract/index.ts";
import type { KeyStore } from "./key-store.ts";
import { generateSigningKey, type Jwks, type PublicSigningKey } from "./signing-key.ts";

const { tokenMaxAgeSeconds, clockSkewSeconds } = platform.limits;

/**
 * Time between the publication of a key and its first use: kubelet refreshes a mounted JWKS in 60–90 s, plus a margin.
 */
export const publicationLeadSeconds = 180;

export class RotationError extends ExpectedError {}

export interface RotationProps {
  readonly issuer: string;
  readonly now: number;
  readonly leadSeconds?: number | undefined;
  readonly modulusBits?: 2048 | 3072;
}

/**
 * Publishes the issuer's next key ahead of its use, and lets the present keys verify until their last token has ended.
 * Returns the pending key when there is one already. Throws RotationError when the issuer has no key.
 */
export async function rotate(store: KeyStore, props: RotationProps): Promise<PublicSigningKey> {
  const leadSeconds = props.leadSeconds ?? publicationLeadSeconds;
  if (!Number.isInteger(leadSeconds) || leadSeconds < 0)
    throw new RotationError(`lead is ${leadSeconds}; give whole seconds, 0 or more`);
  const { keys } = await store.read();
  const issuerKeys = keys.filter(({ iss }) => iss === props.issuer);
  const [first] = issuerKeys;
  if (first === undefined) {
    const issuers = [...new Set(keys.map(({ iss }) => iss))].join(", ") || "none";
    throw new RotationError(`issuer ${props.issuer} has no key; issuers with keys: ${issuers}`);
  }
  const pending = issuerKeys.find((key) => key.activate_at > props.now && key.retire_at === null);
  if (pending !== undefined) return pending;
  const openKeys = issuerKeys.filter(({ retire_at }) => retire_at === null);
  // When every key of the issuer was revoked, the newest of them tells the tenants.
  const newest = issuerKeys.reduce((left, right) => (right.activate_at > left.activate_at ? right : left), first);
  const next = await generateSigningKey({
    issuer: props.issuer,
    tenants: [...new Set((openKeys.length > 0 ? openKeys : [newest]).flatMap(({ tenants }) => tenants))],
    activateAt: props.now + leadSeconds,
    ...(props.modulusBits === undefined ? {} : { modulusBits: props.modulusBits }),
  });
  await store.add([next]);
  await store.change((jwks) => withRetirement(jwks, next.publicKey));
  return next.publicKey;
}

/** Gives the issuer's present keys an end: one token lifetime and the clock skew after `next` becomes active. */
export function withRetirement(jwks: Jwks, next: PublicSigningKey): Jwks {
  const end = next.activate_at + tokenMaxAgeSeconds + clockSkewSeconds;
  return {
    keys: jwks.keys.map((key) =>
      key.iss === next.iss && key.kid !== next.kid && key.retire_at === null ? { ...key, retire_at: end } : key,
    ),
  };
}

/** Ends a key now. Verifiers refuse its tokens as soon as they read the key set, and people must fetch a new token. */
export async function revoke(store: KeyStore, kid: string, now: number): Promise<PublicSigningKey> {
  const { keys } = await store.read();
  const key = keys.find((candidate) => candidate.kid === kid);
  if (key === undefined) {
    throw new RotationError(
      `no key has kid ${kid}; kids: ${keys.map((candidate) => candidate.kid).join(", ") || "none"}`,
    );
  }
  const withEnd = (candidate: PublicSigningKey): PublicSigningKey =>
    candidate.kid === kid ? { ...candidate, retire_at: Math.min(candidate.retire_at ?? now, now) } : candidate;
  await store.change((jwks) => ({ keys: jwks.keys.map(withEnd) }));
  return withEnd(key);
}

/** Removes keys that ended more than a day ago, and returns their kids. */
export async function forgetRetired(store: KeyStore, now: number): Promise<readonly string[]> {
  const isOld = ({ retire_at }: PublicSigningKey): boolean => retire_at !== null && retire_at + 86_400 < now;
  const { keys } = await store.read();
  const old = keys.filter(isOld);
  if (old.length > 0) await store.change((jwks) => ({ keys: jwks.keys.filter((key) => !isOld(key)) }));
  return old.map(({ kid }) => kid);
}
