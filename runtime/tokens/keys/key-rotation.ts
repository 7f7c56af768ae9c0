import { platform } from "../../../contract/index.ts";
import type { KeyStore } from "./key-store.ts";
import { generateSigningKey, type Jwks, type PublicSigningKey } from "./signing-key.ts";

const { tokenMaxAgeSeconds, clockSkewSeconds } = platform.limits;

/** Every verifier has re-read a mounted JWKS file by then: kubelet's refresh of 60–90 s, and a margin. */
export const publicationLeadSeconds = 180;

export class RotationError extends Error {}

export interface RotationProps {
  readonly issuer: string;
  readonly now: number;
  readonly leadSeconds?: number | undefined;
  readonly modulusBits?: 2048 | 3072;
}

/** Publishes the issuer's next key ahead of its use; the present ones verify until their last token has ended. */
export async function rotate(store: KeyStore, props: RotationProps): Promise<PublicSigningKey> {
  const lead = props.leadSeconds ?? publicationLeadSeconds;
  if (!Number.isInteger(lead) || lead < 0) throw new RotationError(`lead is ${lead}; give whole seconds, 0 or more`);
  const { keys } = await store.read();
  const own = keys.filter(({ iss }) => iss === props.issuer);
  const [first] = own;
  if (first === undefined) {
    const issuers = [...new Set(keys.map(({ iss }) => iss))].join(", ") || "none";
    throw new RotationError(`issuer ${props.issuer} has no key; issuers with keys: ${issuers}`);
  }
  const pending = own.find((key) => key.activate_at > props.now && key.retire_at === null);
  if (pending !== undefined) return pending;
  const open = own.filter(({ retire_at }) => retire_at === null);
  // Every key of the issuer was revoked: the newest of them says whom it signed for.
  const newest = own.reduce((left, right) => (right.activate_at > left.activate_at ? right : left), first);
  const next = await generateSigningKey({
    issuer: props.issuer,
    tenants: [...new Set((open.length > 0 ? open : [newest]).flatMap(({ tenants }) => tenants))],
    activateAt: props.now + lead,
    ...(props.modulusBits === undefined ? {} : { modulusBits: props.modulusBits }),
  });
  await store.add([next]);
  await store.change((jwks) => retired(jwks, next.publicKey));
  return next.publicKey;
}

/** The present keys sign until `next` takes over, and their tokens live on for an hour and the clock skew. */
export function retired(jwks: Jwks, next: PublicSigningKey): Jwks {
  const end = next.activate_at + tokenMaxAgeSeconds + clockSkewSeconds;
  return {
    keys: jwks.keys.map((key) =>
      key.iss === next.iss && key.kid !== next.kid && key.retire_at === null ? { ...key, retire_at: end } : key,
    ),
  };
}

/** The key stops verifying as soon as a verifier reads the file: people have to fetch a new token. */
export async function revoke(store: KeyStore, kid: string, now: number): Promise<PublicSigningKey> {
  const { keys } = await store.read();
  const key = keys.find((candidate) => candidate.kid === kid);
  if (key === undefined) {
    throw new RotationError(
      `no key has kid ${kid}; kids: ${keys.map((candidate) => candidate.kid).join(", ") || "none"}`,
    );
  }
  const ended = (candidate: PublicSigningKey): PublicSigningKey =>
    candidate.kid === kid ? { ...candidate, retire_at: Math.min(candidate.retire_at ?? now, now) } : candidate;
  await store.change((jwks) => ({ keys: jwks.keys.map(ended) }));
  return ended(key);
}

/** Leaves out what no longer verifies, a day after its end. */
export async function forgetRetired(store: KeyStore, now: number): Promise<readonly string[]> {
  const isOld = ({ retire_at }: PublicSigningKey): boolean => retire_at !== null && retire_at + 86_400 < now;
  const { keys } = await store.read();
  const old = keys.filter(isOld);
  if (old.length > 0) await store.change((jwks) => ({ keys: jwks.keys.filter((key) => !isOld(key)) }));
  return old.map(({ kid }) => kid);
}
