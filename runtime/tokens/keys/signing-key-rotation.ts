import { createPrivateKey, createPublicKey, randomBytes, sign, verify } from "node:crypto";
import type { SecretRotation } from "../../rotation/rotation-step.ts";
import {
  changeSecret,
  currentVersion,
  type SecretVersion,
  type SecretVersions,
  VersionConflict,
} from "../../rotation/secret-versions.ts";
import { generateSigningKey, type Jwks, type PublicSigningKey } from "./signing-key.ts";
import {
  parsePublished,
  parseSigningSecret,
  privateHalf,
  type PrivateSigningKey,
  type SigningSecret,
} from "./signing-secret.ts";

export interface RotationIssuer {
  readonly iss: string;
  readonly tenants: readonly string[];
}

export interface SigningKeyRotationProps {
  readonly versions: SecretVersions;
  readonly signingKeysSecret: string;
  readonly jwksSecret: string;
  readonly issuers: readonly RotationIssuer[];
  readonly activateAfterSeconds: number;
  readonly retireAfterSeconds: number;
  readonly modulusBits?: 2048 | 3072;
  readonly generate?: typeof generateSigningKey;
  /** Seconds since 1970. */
  readonly clock: () => number;
}

const forgetAfterSeconds = 86_400;

/**
 * The four rotation steps of Secrets Manager for the keys of every issuer. Each may be repeated, killed at any point
 * and run twice at once: the request id names the version of the private keys, dates are written to the JWKS once, and
 * the JWKS changes by compare-and-swap on its AWSCURRENT stage.
 */
export class SigningKeyRotation implements SecretRotation {
  readonly #props: SigningKeyRotationProps;

  constructor(props: SigningKeyRotationProps) {
    this.#props = props;
  }

  async create(request: string): Promise<void> {
    const { versions, signingKeysSecret, issuers, modulusBits } = this.#props;
    if ((await versions.read(signingKeysSecret, { id: request })) !== undefined) return;
    const current = await this.#readCurrent(signingKeysSecret);
    const ended = await this.#readEndedKids();
    const remaining = parseSigningSecret(current.text, signingKeysSecret).keys.filter(({ kid }) => !ended.has(kid));
    const created: PrivateSigningKey[] = [];
    for (const { iss, tenants } of issuers) {
      const size = modulusBits === undefined ? {} : { modulusBits };
      const generate = this.#props.generate ?? generateSigningKey;
      created.push(privateHalf(await generate({ issuer: iss, tenants, activateAt: 0, ...size })));
    }
    const secret: SigningSecret = { keys: [...remaining, ...created] };
    await versions
      .put(signingKeysSecret, { id: request, text: JSON.stringify(secret) }, "AWSPENDING")
      .catch((error: unknown) => {
        // A run at the same time has stored its keys under this request; the later steps use those.
        if (!(error instanceof VersionConflict)) throw error;
      });
  }

  async set(request: string): Promise<void> {
    const { versions, signingKeysSecret } = this.#props;
    const stages = (await versions.stages(signingKeysSecret)).get(request) ?? [];
    if (stages.includes("AWSCURRENT")) return;
    if (!stages.includes("AWSPENDING")) {
      throw new Error(
        `${signingKeysSecret}: version ${request} is not AWSPENDING; it was given up, or another rotation has taken ` +
          "its place: run the rotation again",
      );
    }
    const pending = await this.#readPending(request);
    const holders = await this.#readHeldKids();
    await this.#changeJwks((jwks) => {
      const known = new Set(jwks.keys.map(({ kid }) => kid));
      const added = pending.keys.filter(({ kid }) => !known.has(kid) && !holders.has(kid));
      return added.length === 0 ? undefined : this.#publishKeys(jwks, added, holders);
    });
  }

  async test(request: string): Promise<void> {
    const { signingKeysSecret, jwksSecret, issuers } = this.#props;
    const pending = await this.#readPending(request);
    const current = await this.#readCurrent(signingKeysSecret);
    const holders = current.id === request ? new Set<string>() : await this.#readHeldKids();
    const jwks = await this.#readPublished(jwksSecret);
    for (const { iss, tenants } of issuers) {
      const usable = pending.keys
        .filter((key) => key.iss === iss && tenants.every((tenant) => key.tenants.includes(tenant)))
        .filter((key) => !holders.has(key.kid) && canSign(key, jwks, this.#now()));
      if (usable.length === 0) {
        throw new Error(`${iss}: no pending key whose signature the published JWKS verifies; run the rotation again`);
      }
    }
  }

  async finish(request: string): Promise<void> {
    const { versions, signingKeysSecret } = this.#props;
    const current = await this.#readCurrentId(signingKeysSecret);
    if (current !== request) {
      await this.test(request);
      await this.#refuseLostKeys(request, current);
      await versions.makeCurrent(signingKeysSecret, { to: request, from: current }).catch(async (error: unknown) => {
        if (error instanceof VersionConflict && (await this.#readCurrentId(signingKeysSecret)) === request) return;
        throw error;
      });
    }
    const holders = await this.#readHeldKids();
    await this.#changeJwks((jwks) => this.#retireOldKeys(jwks, holders));
  }

  /**
   * Throws when a private key was added after `create`, as in an emergency, because finishing would lose it. The pending
   * version is withdrawn: Secrets Manager retries a version while it is AWSPENDING, and this one lacks that key for ever.
   */
  async #refuseLostKeys(request: string, current: string): Promise<void> {
    const { versions, signingKeysSecret } = this.#props;
    const present = await versions.read(signingKeysSecret, { id: current });
    const currentKeys = present === undefined ? [] : parseSigningSecret(present.text, signingKeysSecret).keys;
    const pendingKids = new Set((await this.#readPending(request)).keys.map(({ kid }) => kid));
    const ended = await this.#readEndedKids();
    const lost = currentKeys.map(({ kid }) => kid).filter((kid) => !pendingKids.has(kid) && !ended.has(kid));
    if (lost.length === 0) return;
    await versions.withdraw(signingKeysSecret, { stage: "AWSPENDING", from: request });
    throw new Error(
      `${signingKeysSecret}: ${lost.join(", ")} was added since this rotation began, which would lose it; ` +
        "nothing has changed for signers: run the rotation again",
    );
  }

  async #readEndedKids(): Promise<ReadonlySet<string>> {
    const { keys } = await this.#readPublished(this.#props.jwksSecret);
    return new Set(keys.filter((key) => hasEnded(key, this.#now())).map(({ kid }) => kid));
  }

  #publishKeys(jwks: Jwks, added: readonly PrivateSigningKey[], holders: ReadonlySet<string>): Jwks {
    const now = this.#now();
    // A key without an end and without a private key comes from a rotation that never finished, so it signed nothing.
    const present = jwks.keys.filter((key) => key.retire_at !== null || holders.has(key.kid));
    const next = added.map(({ kid, iss, tenants, n, e }): PublicSigningKey => {
      // Without an active key nothing can be signed in the meantime, so waiting would only lengthen the gap.
      const waits = present.some((key) => key.iss === iss && holders.has(key.kid) && !hasEnded(key, now));
      const activate_at = waits ? now + this.#props.activateAfterSeconds : now;
      return { kty: "RSA", n, e, kid, alg: "RS256", use: "sig", iss, tenants, activate_at, retire_at: null };
    });
    return { keys: [...present, ...next] };
  }

  /**
   * Gives old keys an end. This happens last, when signers can read the next keys, so that an abandoned rotation ends
   * none.
   */
  #retireOldKeys(jwks: Jwks, holders: ReadonlySet<string>): Jwks | undefined {
    const { activateAfterSeconds, retireAfterSeconds, issuers } = this.#props;
    const open = jwks.keys.filter((key) => key.retire_at === null && holders.has(key.kid));
    const newest = issuers.flatMap(({ iss }) => {
      const issuerKeys = open
        .filter((key) => key.iss === iss)
        .sort((left, right) => right.activate_at - left.activate_at);
      return issuerKeys.slice(0, 1);
    });
    const oldKids = new Set(open.filter((key) => !newest.includes(key)).map(({ kid }) => kid));
    // A private key is stored before its public key, so a key that is held and not published is being added.
    const remaining = jwks.keys.filter((key) => holders.has(key.kid) || !mayBeForgotten(key, this.#now()));
    if (oldKids.size === 0 && remaining.length === jwks.keys.length) return undefined;
    const signersHaveRead = this.#now() + activateAfterSeconds;
    const end = (iss: string): number =>
      Math.max(newest.find((key) => key.iss === iss)?.activate_at ?? 0, signersHaveRead) + retireAfterSeconds;
    return { keys: remaining.map((key) => (oldKids.has(key.kid) ? { ...key, retire_at: end(key.iss) } : key)) };
  }

  async #changeJwks(change: (jwks: Jwks) => Jwks | undefined): Promise<void> {
    const { versions, jwksSecret } = this.#props;
    await changeSecret(versions, jwksSecret, (text) => {
      const changed = change(parsePublished(text, jwksSecret));
      return changed === undefined ? undefined : JSON.stringify(changed);
    });
  }

  /** Reads the kids whose private keys signers have. */
  async #readHeldKids(): Promise<ReadonlySet<string>> {
    const { signingKeysSecret } = this.#props;
    const { keys } = parseSigningSecret((await this.#readCurrent(signingKeysSecret)).text, signingKeysSecret);
    return new Set(keys.map(({ kid }) => kid));
  }

  #now(): number {
    return Math.floor(this.#props.clock());
  }

  #readCurrent(secret: string): Promise<SecretVersion> {
    return currentVersion(this.#props.versions, secret);
  }

  async #readCurrentId(secret: string): Promise<string> {
    const stages = await this.#props.versions.stages(secret);
    const id = [...stages].find(([, labels]) => labels.includes("AWSCURRENT"))?.[0];
    if (id === undefined) throw new Error(`${secret}: has no AWSCURRENT version; create the secret first`);
    return id;
  }

  async #readPending(request: string): Promise<SigningSecret> {
    const { versions, signingKeysSecret } = this.#props;
    const version = await versions.read(signingKeysSecret, { id: request });
    if (version === undefined)
      throw new Error(`${signingKeysSecret}: version ${request} is missing; createSecret first`);
    return parseSigningSecret(version.text, signingKeysSecret);
  }

  async #readPublished(secret: string): Promise<Jwks> {
    return parsePublished((await this.#readCurrent(secret)).text, secret);
  }
}

const hasEnded = (key: PublicSigningKey, now: number): boolean => key.retire_at !== null && key.retire_at <= now;

const mayBeForgotten = (key: PublicSigningKey, now: number): boolean =>
  key.retire_at !== null && key.retire_at + forgetAfterSeconds < now;

function canSign(key: PrivateSigningKey, jwks: Jwks, now: number): boolean {
  const published = jwks.keys.find(({ kid, iss }) => kid === key.kid && iss === key.iss);
  if (published === undefined || hasEnded(published, now)) return false;
  const probe = randomBytes(32);
  const signature = sign("RSA-SHA256", probe, createPrivateKey(key.private_key));
  return verify("RSA-SHA256", probe, createPublicKey({ key: published, format: "jwk" }), signature);
}
