import { createPrivateKey, createPublicKey, type KeyObject, randomUUID } from "node:crypto";
import { chmod, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { KeyStore } from "../../tokens/keys/key-store.ts";
import { type Jwks, type NewSigningKey, parseJwks, thumbprint, withKeys } from "../../tokens/keys/signing-key.ts";

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

/**
 * A key store in a folder: `jwks.json` (0644) and one PKCS#8 file for each private key (0600). A private key is found by
 * its thumbprint, not by its file name.
 */
export class DirectoryKeyStore implements KeyStore {
  readonly directory: string;
  readonly jwksFile: string;
  readonly #privateKeys = new Map<string, KeyObject>();

  constructor(directory: string) {
    this.directory = directory;
    this.jwksFile = join(directory, "jwks.json");
  }

  async read(): Promise<Jwks> {
    try {
      return parseJwks(await readFile(this.jwksFile, "utf8"), this.jwksFile);
    } catch (error) {
      if (isMissing(error)) return { keys: [] };
      throw error;
    }
  }

  async privateKey(kid: string): Promise<KeyObject | undefined> {
    if (!this.#privateKeys.has(kid)) await this.#loadPrivateKeys();
    return this.#privateKeys.get(kid);
  }

  async add(keys: readonly NewSigningKey[]): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o755 });
    for (const { privateKey, publicKey } of keys) {
      await this.#replaceFile(
        `${publicKey.kid}.pem`,
        privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
        0o600,
      );
    }
    await this.change((jwks) => withKeys(jwks, keys));
  }

  /** Changes the key set. It assumes one writer at a time, because the folder is on one person's machine. */
  async change(edit: (jwks: Jwks) => Jwks): Promise<void> {
    const present = await this.read();
    const changed = edit(present);
    if (changed !== present) await this.#replaceFile("jwks.json", `${JSON.stringify(changed, null, 2)}\n`, 0o644);
  }

  async #loadPrivateKeys(): Promise<void> {
    this.#privateKeys.clear();
    const names = await readdir(this.directory).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    for (const name of names.filter((candidate) => candidate.endsWith(".pem"))) {
      const key = createPrivateKey(await readFile(join(this.directory, name)));
      const { kty = "", n = "", e = "" } = createPublicKey(key).export({ format: "jwk" });
      this.#privateKeys.set(thumbprint({ e, kty, n }), key);
    }
  }

  /** Writes a temporary file and renames it, so that a reader never sees half a file. */
  async #replaceFile(name: string, text: string, mode: number): Promise<void> {
    const temporary = join(this.directory, `.${name}.${randomUUID()}`);
    try {
      const file = await open(temporary, "wx", mode);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await chmod(temporary, mode);
      await rename(temporary, join(this.directory, name));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}
