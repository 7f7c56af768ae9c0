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
 * The four steps of Secrets Manager for the keys of every issuer. Each may be repeated, killed at any point and
 * run twice at once: the version of the private keys is named by the request, dates are written to the JWKS once,
 * and the JWKS changes by compare-and-swap on its AWSCURRENT stage.
 */
export class SigningKeyRotation implements SecretRotation {
  readonly #props: SigningKeyRotationProps;

  constructor(props: SigningKeyRotationProps) {
    this.#props = props;
  }

  async create(request: string): Promise<void> {
    const { versions, signingKeysSecret, issuers, modulusBits } = this.#props;
    if ((await versions.read(signingKeysSecret, { id: request })) !== undefined) return;
    const current = await this.#current(signingKeysSecret);
    const ended = await this.#ended();
    const kept = parseSigningSecret(current.text, signingKeysSecret).keys.filter(({ kid }) => !ended.has(kid));
    const created: PrivateSigningKey[] = [];
    for (const { iss, tenants } of issuers) {
      const size = modulusBits === undefined ? {} : { modulusBits };
      const generate = this.#props.generate ?? generateSigningKey;
      created.push(privateHalf(await generate({ issuer: iss, tenants, activateAt: 0, ...size })));
    }
    const secret: SigningSecret = { keys: [...kept, ...created] };
    await versions
      .put(signingKeysSecret, { id: request, text: JSON.stringify(secret) }, "AWSPENDING")
      .catch((error: unknown) => {
        // A run at the same time has put its keys under this request; those are the ones to go on with.
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
    const pending = await this.#pending(request);
    const holders = await this.#holders();
    await this.#changeJwks((jwks) => {
      const known = new Set(jwks.keys.map(({ kid }) => kid));
      const added = pending.keys.filter(({ kid }) => !known.has(kid) && !holders.has(kid));
      return added.length === 0 ? undefined : this.#withNext(jwks, added, holders);
    });
  }

  async test(request: string): Promise<void> {
    const { signingKeysSecret, jwksSecret, issuers } = this.#props;
    const pending = await this.#pending(request);
    const current = await this.#current(signingKeysSecret);
    const holders = current.id === request ? new Set<string>() : await this.#holders();
    const jwks = await this.#published(jwksSecret);
    for (const { iss, tenants } of issuers) {
      const usable = pending.keys
        .filter((key) => key.iss === iss && tenants.every((tenant) => key.tenants.includes(tenant)))
        .filter((key) => !holders.has(key.kid) && signsFor(key, jwks, this.#now()));
      if (usable.length === 0) {
        throw new Error(`${iss}: no pending key whose signature the published JWKS verifies; run the rotation again`);
      }
    }
  }

  async finish(request: string): Promise<void> {
    const { versions, signingKeysSecret } = this.#props;
    const current = await this.#currentId(signingKeysSecret);
    if (current !== request) {
      await this.test(request);
      await this.#refuseToLose(request, current);
      await versions.makeCurrent(signingKeysSecret, { to: request, from: current }).catch(async (error: unknown) => {
        if (error instanceof VersionConflict && (await this.#currentId(signingKeysSecret)) === request) return;
        throw error;
      });
    }
    const holders = await this.#holders();
    await this.#changeJwks((jwks) => this.#withoutOld(jwks, holders));
  }

  /**
   * Private halves that were added after `create`, an emergency's above all. Secrets Manager goes on with a version for
   * as long as it is AWSPENDING, and this one can never become whole.
   */
  async #refuseToLose(request: string, current: string): Promise<void> {
    const { versions, signingKeysSecret } = this.#props;
    const present = await versions.read(signingKeysSecret, { id: current });
    const held = present === undefined ? [] : parseSigningSecret(present.text, signingKeysSecret).keys;
    const kept = new Set((await this.#pending(request)).keys.map(({ kid }) => kid));
    const ended = await this.#ended();
    const lost = held.map(({ kid }) => kid).filter((kid) => !kept.has(kid) && !ended.has(kid));
    if (lost.length === 0) return;
    await versions.withdraw(signingKeysSecret, { stage: "AWSPENDING", from: request });
    throw new Error(
      `${signingKeysSecret}: ${lost.join(", ")} was added since this rotation began, which would lose it; ` +
        "nothing has changed for signers: run the rotation again",
    );
  }

  async #ended(): Promise<ReadonlySet<string>> {
    const { keys } = await this.#published(this.#props.jwksSecret);
    return new Set(keys.filter((key) => hasEnded(key, this.#now())).map(({ kid }) => kid));
  }

  #withNext(jwks: Jwks, added: readonly PrivateSigningKey[], holders: ReadonlySet<string>): Jwks {
    const now = this.#now();
    // Open, but nobody holds the private half: published by a rotation that never finished, so it signed nothing.
    const present = jwks.keys.filter((key) => key.retire_at !== null || holders.has(key.kid));
    const next = added.map(({ kid, iss, tenants, n, e }): PublicSigningKey => {
      // Without a live key nothing can be signed meanwhile, so waiting would only lengthen the gap.
      const waits = present.some((key) => key.iss === iss && holders.has(key.kid) && !hasEnded(key, now));
      const activate_at = waits ? now + this.#props.activateAfterSeconds : now;
      return { kty: "RSA", n, e, kid, alg: "RS256", use: "sig", iss, tenants, activate_at, retire_at: null };
    });
    return { keys: [...present, ...next] };
  }

  /** Only now, when signers can have the next keys, do the old ones get an end: a rotation given up ends nothing. */
  #withoutOld(jwks: Jwks, holders: ReadonlySet<string>): Jwks | undefined {
    const { activateAfterSeconds, retireAfterSeconds, issuers } = this.#props;
    const open = jwks.keys.filter((key) => key.retire_at === null && holders.has(key.kid));
    const newest = issuers.flatMap(({ iss }) => {
      const own = open.filter((key) => key.iss === iss).sort((left, right) => right.activate_at - left.activate_at);
      return own.slice(0, 1);
    });
    const old = new Set(open.filter((key) => !newest.includes(key)).map(({ kid }) => kid));
    // The private half goes first: a key that is held and not published is one that somebody is adding.
    const kept = jwks.keys.filter((key) => holders.has(key.kid) || !isForgotten(key, this.#now()));
    if (old.size === 0 && kept.length === jwks.keys.length) return undefined;
    const signersHaveRead = this.#now() + activateAfterSeconds;
    const end = (iss: string): number =>
      Math.max(newest.find((key) => key.iss === iss)?.activate_at ?? 0, signersHaveRead) + retireAfterSeconds;
    return { keys: kept.map((key) => (old.has(key.kid) ? { ...key, retire_at: end(key.iss) } : key)) };
  }

  async #changeJwks(change: (jwks: Jwks) => Jwks | undefined): Promise<void> {
    const { versions, jwksSecret } = this.#props;
    await changeSecret(versions, jwksSecret, (text) => {
      const changed = change(parsePublished(text, jwksSecret));
      return changed === undefined ? undefined : JSON.stringify(changed);
    });
  }

  /** Kids whose private half signers have. */
  async #holders(): Promise<ReadonlySet<string>> {
    const { signingKeysSecret } = this.#props;
    const { keys } = parseSigningSecret((await this.#current(signingKeysSecret)).text, signingKeysSecret);
    return new Set(keys.map(({ kid }) => kid));
  }

  #now(): number {
    return Math.floor(this.#props.clock());
  }

  #current(secret: string): Promise<SecretVersion> {
    return currentVersion(this.#props.versions, secret);
  }

  async #currentId(secret: string): Promise<string> {
    const stages = await this.#props.versions.stages(secret);
    const id = [...stages].find(([, labels]) => labels.includes("AWSCURRENT"))?.[0];
    if (id === undefined) throw new Error(`${secret}: has no AWSCURRENT version; create the secret first`);
    return id;
  }

  async #pending(request: string): Promise<SigningSecret> {
    const { versions, signingKeysSecret } = this.#props;
    const version = await versions.read(signingKeysSecret, { id: request });
    if (version === undefined)
      throw new Error(`${signingKeysSecret}: version ${request} is missing; createSecret first`);
    return parseSigningSecret(version.text, signingKeysSecret);
  }

  async #published(secret: string): Promise<Jwks> {
    return parsePublished((await this.#current(secret)).text, secret);
  }
}

const hasEnded = (key: PublicSigningKey, now: number): boolean => key.retire_at !== null && key.retire_at <= now;

const isForgotten = (key: PublicSigningKey, now: number): boolean =>
  key.retire_at !== null && key.retire_at + forgetAfterSeconds < now;

function signsFor(key: PrivateSigningKey, jwks: Jwks, now: number): boolean {
  const published = jwks.keys.find(({ kid, iss }) => kid === key.kid && iss === key.iss);
  if (published === undefined || hasEnded(published, now)) return false;
  const probe = randomBytes(32);
  const signature = sign("RSA-SHA256", probe, createPrivateKey(key.private_key));
  return verify("RSA-SHA256", probe, createPublicKey({ key: published, format: "jwk" }), signature);
}
