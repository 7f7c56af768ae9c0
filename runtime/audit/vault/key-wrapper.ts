import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { ExpectedError } from "../../../contract/index.ts";

const nonceBytes = 12;
const tagBytes = 16;

/** Encrypts the keys and names of people, so that the vault's database alone tells nothing. */
export interface KeyWrapper {
  wrap(plain: Buffer, context: string): Promise<Buffer>;
  /** Throws when the bytes were not wrapped under this key for this context. */
  unwrap(wrapped: Buffer, context: string): Promise<Buffer>;
  /** Returns 32 bytes that are the same for the same text and cannot be computed without the key. */
  index(text: string): Promise<Buffer>;
}

/** A wrapper with a key of 32 bytes from a file: AES-256-GCM, with the context as associated data. */
export class FileKeyWrapper implements KeyWrapper {
  readonly #key: Buffer;

  /** Reads the key, 32 bytes in base64. Throws ExpectedError. */
  constructor(file: string) {
    const key = Buffer.from(readFileSync(file, "utf8").trim(), "base64");
    if (key.length !== 32) throw new ExpectedError(`${file} holds no key; it must be 32 bytes in base64`);
    this.#key = key;
  }

  wrap(plain: Buffer, context: string): Promise<Buffer> {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce).setAAD(Buffer.from(context));
    return Promise.resolve(Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]));
  }

  unwrap(wrapped: Buffer, context: string): Promise<Buffer> {
    const decipher = createDecipheriv("aes-256-gcm", this.#key, wrapped.subarray(0, nonceBytes))
      .setAAD(Buffer.from(context))
      .setAuthTag(wrapped.subarray(-tagBytes));
    return Promise.resolve(Buffer.concat([decipher.update(wrapped.subarray(nonceBytes, -tagBytes)), decipher.final()]));
  }

  index(text: string): Promise<Buffer> {
    return Promise.resolve(createHmac("sha256", this.#key).update("subject index\0").update(text).digest());
  }
}
