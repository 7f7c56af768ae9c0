import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { KeyReader } from "../../tokens/keys/key-store.ts";
import type { Jwks } from "../../tokens/keys/signing-key.ts";
import { parsePublished, parseSigningSecret } from "../../tokens/keys/signing-secret.ts";

/** The keys of two mounted secret files, read again when a file changes. The AWS placeholder holds no keys. */
export class MountedKeys implements KeyReader {
  readonly #jwks: ChangingFile<Jwks>;
  readonly #privateKeys: ChangingFile<ReadonlyMap<string, KeyObject>>;

  constructor({ jwks, signing }: { jwks: string; signing: string }) {
    this.#jwks = new ChangingFile(jwks, (text) => parsePublished(text.trim(), jwks));
    this.#privateKeys = new ChangingFile(signing, (text) => {
      const { keys } = parseSigningSecret(text.trim(), signing);
      return new Map(keys.map(({ kid, private_key }) => [kid, createPrivateKey(private_key)]));
    });
  }

  read(): Promise<Jwks> {
    return this.#jwks.read();
  }

  async privateKey(kid: string): Promise<KeyObject | undefined> {
    return (await this.#privateKeys.read()).get(kid);
  }
}

class ChangingFile<T> {
  readonly #path: string;
  readonly #parse: (text: string) => T;
  #cached: { readonly stamp: string; readonly value: T } | undefined;

  constructor(path: string, parse: (text: string) => T) {
    this.#path = path;
    this.#parse = parse;
  }

  async read(): Promise<T> {
    const { mtimeMs, ino, size } = await stat(this.#path);
    const stamp = `${mtimeMs} ${ino} ${size}`;
    if (this.#cached?.stamp !== stamp) {
      this.#cached = { stamp, value: this.#parse(await readFile(this.#path, "utf8")) };
    }
    return this.#cached.value;
  }
}
