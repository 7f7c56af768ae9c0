import { createPrivateKey, type KeyObject } from "node:crypto";
import type { KeyStore } from "../../tokens/keys/key-store.ts";
import { changeSecret, currentVersion, type SecretVersions } from "../../rotation/secret-versions.ts";
import { type Jwks, type NewSigningKey, withKeys } from "../../tokens/keys/signing-key.ts";
import { parsePublished, parseSigningSecret, privateHalf } from "../../tokens/keys/signing-secret.ts";

export interface SecretsManagerKeyStoreProps {
  readonly versions: SecretVersions;
  /** Name or ARN of the secret that holds the public keys. */
  readonly jwksSecret: string;
  /** Name or ARN of the secret that holds the private keys. */
  readonly signingKeysSecret: string;
}

/** A key store in the two secrets that rotate-signing-key.lambda.ts rotates. Every change is a compare-and-swap. */
export class SecretsManagerKeyStore implements KeyStore {
  readonly #props: SecretsManagerKeyStoreProps;

  constructor(props: SecretsManagerKeyStoreProps) {
    this.#props = props;
  }

  async read(): Promise<Jwks> {
    const { versions, jwksSecret } = this.#props;
    return parsePublished((await currentVersion(versions, jwksSecret)).text, jwksSecret);
  }

  async privateKey(kid: string): Promise<KeyObject | undefined> {
    const { versions, signingKeysSecret } = this.#props;
    const { text } = await currentVersion(versions, signingKeysSecret);
    const found = parseSigningSecret(text, signingKeysSecret).keys.find((key) => key.kid === kid);
    return found === undefined ? undefined : createPrivateKey(found.private_key);
  }

  async add(keys: readonly NewSigningKey[]): Promise<void> {
    const { versions, signingKeysSecret } = this.#props;
    const added = keys.map(privateHalf);
    const kids = new Set(added.map(({ kid }) => kid));
    await changeSecret(versions, signingKeysSecret, (text) => {
      const present = parseSigningSecret(text, signingKeysSecret).keys.filter(({ kid }) => !kids.has(kid));
      return JSON.stringify({ keys: [...present, ...added] });
    });
    await this.change((jwks) => withKeys(jwks, keys));
  }

  async change(edit: (jwks: Jwks) => Jwks): Promise<void> {
    const { versions, jwksSecret } = this.#props;
    await changeSecret(versions, jwksSecret, (text) => {
      const present = parsePublished(text, jwksSecret);
      const changed = edit(present);
      return changed === present ? undefined : JSON.stringify(changed);
    });
  }
}
