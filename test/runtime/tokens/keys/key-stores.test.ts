import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { SecretsManagerKeyStore } from "../../../../runtime/adapters/aws/secrets-manager-key-store.ts";
import { SecretsManagerVersions } from "../../../../runtime/adapters/aws/secrets-manager-versions.ts";
import { DirectoryKeyStore } from "../../../../runtime/adapters/local/directory-key-store.ts";
import { MountedKeys } from "../../../../runtime/adapters/local/mounted-keys.ts";
import { rotate } from "../../../../runtime/tokens/keys/key-rotation.ts";
import { SecretError } from "../../../../runtime/rotation/secret-versions.ts";
import { generateSigningKey, type NewSigningKey } from "../../../../runtime/tokens/keys/signing-key.ts";
import { privateHalf } from "../../../../runtime/tokens/keys/signing-secret.ts";
import { keyStoreContract } from "./key-store-contract.ts";
import { MemoryKeyStore } from "./memory-key-store.ts";
import { SecretsManagerFake } from "./secrets-manager-fake.ts";
import { instance } from "../../../support/narrowing.ts";
import { rejection } from "../../../support/thrown.ts";

const folder = mkdtempSync(join(tmpdir(), "homeroom-keys-"));
const generated = "a1".repeat(32);
let folders = 0;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function secrets(): { aws: SecretsManagerFake; open: () => SecretsManagerKeyStore } {
  const aws = new SecretsManagerFake();
  aws.create("jwks", generated);
  aws.create("signing", generated);
  const versions = new SecretsManagerVersions(aws.client);
  return {
    aws,
    open: () => new SecretsManagerKeyStore({ versions, jwksSecret: "jwks", signingKeysSecret: "signing" }),
  };
}

keyStoreContract("a folder", async () => {
  const path = join(folder, String((folders += 1)));
  return { store: new DirectoryKeyStore(path), again: () => new DirectoryKeyStore(path) };
});

keyStoreContract("memory", async () => {
  const store = new MemoryKeyStore();
  return { store, again: () => store };
});

keyStoreContract("Secrets Manager", async () => {
  const { open } = secrets();
  return { store: open(), again: open };
});

const newKey = (tenant: string): Promise<NewSigningKey> =>
  generateSigningKey({ issuer: `https://${tenant}.example`, tenants: [tenant], activateAt: 1 });

describe("Secrets Manager as a key store", () => {
  it("keeps the private half before anyone can read the public one", async () => {
    const { aws, open } = secrets();
    const key = await newKey("north");
    let heldFirst = false;
    aws.interfere = () => {
      heldFirst ||= aws.current("signing").includes(key.publicKey.kid) && aws.current("jwks") === generated;
    };
    await open().add([key]);
    expect(heldFirst).toBe(true);
  });

  it("loses no key that a rotation publishes meanwhile", async () => {
    const { aws, open } = secrets();
    const [mine, theirs] = [await newKey("north"), await newKey("south")];
    let interfered = false;
    aws.interfere = () => {
      if (interfered || !aws.current("signing").includes(mine.publicKey.kid)) return;
      interfered = true;
      aws.replaceCurrent("jwks", JSON.stringify({ keys: [theirs.publicKey] }));
    };
    await open().add([mine]);
    expect(interfered).toBe(true);
    const kids = (await open().read()).keys.map(({ kid }) => kid);
    expect(kids.toSorted()).toStrictEqual([mine.publicKey.kid, theirs.publicKey.kid].toSorted());
  });

  it("names the secret that does not exist", async () => {
    const versions = new SecretsManagerVersions(new SecretsManagerFake().client);
    const store = new SecretsManagerKeyStore({ versions, jwksSecret: "jwks", signingKeysSecret: "signing" });
    const error = (await rejection(store.read())) as Error;
    instance(error, SecretError);
    expect(error.message).toMatch(/^jwks: /);
  });
});

describe("a folder as a key store", () => {
  it("lets only its owner read a private half, and leaves no half-written file", async () => {
    const path = join(folder, "modes");
    const store = new DirectoryKeyStore(path);
    const key = await newKey("north");
    await store.add([key]);
    await rotate(store, { issuer: "https://north.example", now: 10 });
    expect(statSync(join(path, `${key.publicKey.kid}.pem`)).mode & 0o777).toBe(0o600);
    expect(existsSync(join(path, ".jwks.json"))).toBe(false);
  });
});

describe("mounted keys", () => {
  const path = (name: string): string => join(folder, "mounted", name);
  const files = { jwks: path("jwks.json"), signing: path("signing-keys.json") };
  const mount = (jwks: string, signing: string): void => {
    mkdirSync(join(folder, "mounted"), { recursive: true });
    writeFileSync(files.jwks, jwks);
    writeFileSync(files.signing, signing);
  };

  it("are none before the first rotation, and are there once both files have changed", async () => {
    mount(generated, `${generated}\n`);
    const keys = new MountedKeys(files);
    expect(await keys.read()).toStrictEqual({ keys: [] });
    expect(await keys.privateKey("nobody-knows-it")).toBeUndefined();
    const key = await newKey("north");
    mount(JSON.stringify({ keys: [key.publicKey] }), JSON.stringify({ keys: [privateHalf(key)] }));
    expect(await keys.read()).toStrictEqual({ keys: [key.publicKey] });
    expect(await keys.privateKey(key.publicKey.kid)).toBeDefined();
    mount(JSON.stringify({ keys: [] }), JSON.stringify({ keys: [] }));
    expect(await keys.read()).toStrictEqual({ keys: [] });
    expect(await keys.privateKey(key.publicKey.kid)).toBeUndefined();
  });

  it("say what is wrong without quoting a private key", async () => {
    const key = privateHalf(await newKey("north"));
    mount("{", JSON.stringify({ keys: [{ ...key, tenants: [] }] }));
    const keys = new MountedKeys(files);
    await expect(keys.read()).rejects.toThrow(/jwks\.json: is no JSON/);
    const error = (await rejection(keys.privateKey(key.kid))) as Error;
    expect(error.message).toMatch(/signing-keys\.json: malformed at keys\.0\.tenants/);
    expect(error.message).not.toContain(readFileSync(files.signing, "utf8").slice(500, 600));
  });
});
