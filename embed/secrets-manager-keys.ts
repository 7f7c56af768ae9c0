import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { platform } from "../contract/index.ts";
import { parseJwks, thumbprint } from "../runtime/tokens/keys/signing-key.ts";
import { parseSigningSecret } from "../runtime/tokens/keys/signing-secret.ts";
import { EmbedError } from "./embed-error.ts";
import { type SecretReader, secretsManager } from "./secrets-manager.ts";
import type { SigningKey, SigningKeys } from "./signing-keys.ts";

/** Names the secrets that hold the keys, and says how often they are read. */
export interface SecretsManagerKeysProps {
  /** Keys of this issuer only. */
  readonly issuer: string;
  /** Name or ARN of the published JWKS. */
  readonly jwksSecret: string;
  /** Name or ARN of the private halves. */
  readonly signingKeysSecret: string;
  /** AWS region of the secrets. @default the region that the AWS SDK finds */
  readonly region?: string;
  /** Seconds after which the keys are read again, behind the requests. @default 300 */
  readonly maxAgeSeconds?: number;
  /** Told of a refresh that failed while the keys at hand still sign. @default console.error */
  readonly report?: (error: EmbedError) => void;
  /** Reads the secrets. @default AWS Secrets Manager, by the credentials that the AWS SDK finds */
  readonly secrets?: SecretReader;
  /** The time in seconds since 1970. @default the machine's clock */
  readonly clock?: () => number;
}

interface Keys {
  readonly published: readonly SigningKey[];
  readonly private: ReadonlyMap<string, KeyObject>;
  readonly readAt: number;
}

const { tokenMaxAgeSeconds, clockSkewSeconds } = platform.limits;
/** A failed read is not repeated with every request. */
const pauseSeconds = 15;
/** A key that ends its signing this soon should have a follower by now. */
const leadSeconds = 600;

/** The issuer's keys out of AWS Secrets Manager, as the rotation keeps them there. */
export function secretsManagerKeys(props: SecretsManagerKeysProps): SigningKeys {
  return new CachedKeys(props);
}

class CachedKeys implements SigningKeys {
  readonly #props: SecretsManagerKeysProps;
  #keys: Keys | undefined;
  #reading: Promise<void> | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #failure: EmbedError | undefined;

  constructor(props: SecretsManagerKeysProps) {
    this.#props = props;
  }

  async read(): Promise<{ keys: SigningKey[] }> {
    if (this.#isDue()) {
      const reading = this.#refresh();
      if (!this.#canSign()) await reading;
    }
    if (this.#keys === undefined || (this.#failure !== undefined && !this.#canSign())) {
      throw this.#failure ?? new EmbedError({ code: "no_key", message: "the signing keys have not been read yet" });
    }
    return { keys: [...this.#keys.published] };
  }

  privateKey(kid: string): Promise<KeyObject | undefined> {
    return Promise.resolve(this.#keys?.private.get(kid));
  }

  /** Some key signs now, and its tokens of full length verify to their end. */
  #canSign(): boolean {
    return this.#signsUntil() > this.#now();
  }

  #signsUntil(): number {
    const now = this.#now();
    const ends = (this.#keys?.published ?? [])
      .filter((key) => key.activate_at <= now && this.#keys?.private.has(key.kid))
      .map((key) => (key.retire_at ?? Infinity) - tokenMaxAgeSeconds - clockSkewSeconds);
    return Math.max(Number.NEGATIVE_INFINITY, ...ends);
  }

  #isDue(): boolean {
    const now = this.#now();
    if (this.#keys === undefined) return true;
    if (now - this.#triedAt < pauseSeconds) return false;
    return now - this.#keys.readAt >= (this.#props.maxAgeSeconds ?? 300) || this.#signsUntil() - leadSeconds <= now;
  }

  /** One read at a time; what is at hand stays when it fails. */
  #refresh(): Promise<void> {
    this.#triedAt = this.#now();
    this.#reading ??= this.#fetch()
      .then(
        (keys) => {
          this.#keys = keys;
          this.#failure = undefined;
        },
        (error: unknown) => {
          this.#failure = unusable(error);
          if (this.#keys !== undefined) (this.#props.report ?? complain)(this.#failure);
        },
      )
      .finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #fetch(): Promise<Keys> {
    const { jwksSecret, signingKeysSecret, issuer } = this.#props;
    const secrets = this.#props.secrets ?? (await secretsManager(this.#props.region));
    const readAt = this.#now();
    const [jwks, secret] = await Promise.all([text(secrets, jwksSecret), text(secrets, signingKeysSecret)]);
    const held = parseSigningSecret(secret, signingKeysSecret).keys.filter(({ iss }) => iss === issuer);
    const published = parseJwks(jwks, jwksSecret).keys.flatMap((key) => {
      if (key.iss !== issuer) return [];
      const tenants = held.find(({ kid }) => kid === key.kid)?.tenants;
      return [tenants === undefined ? key : { ...key, tenants: key.tenants.filter((name) => tenants.includes(name)) }];
    });
    if (published.length === 0) throw new Error(`${jwksSecret}: publishes no key of issuer ${issuer}`);
    return { published, private: new Map(held.map((key) => [key.kid, opened(key, signingKeysSecret)])), readAt };
  }

  #now(): number {
    return Math.floor((this.#props.clock ?? (() => Date.now() / 1000))());
  }
}

async function text(secrets: SecretReader, name: string): Promise<string> {
  const version = await secrets.read(name, { stage: "AWSCURRENT" });
  if (version === undefined) throw new Error(`${name}: there is no such secret`);
  return version.text;
}

function opened(key: { kid: string; private_key: string }, source: string): KeyObject {
  const privateKey = createPrivateKey(key.private_key);
  const { n = "", e = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  if (thumbprint({ e, kty: "RSA", n }) !== key.kid) {
    throw new Error(`${source}: the private key of ${key.kid} belongs to another public key; rotate the issuer's keys`);
  }
  return privateKey;
}

function unusable(error: unknown): EmbedError {
  const reason = error instanceof Error ? error.message : String(error);
  return new EmbedError({ code: "no_key", message: `the signing keys cannot be read: ${reason}`, cause: error });
}

function complain(error: EmbedError): void {
  console.error(error.message);
}
