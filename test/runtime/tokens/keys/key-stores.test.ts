import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
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

const folder = mkdtempSync(join(tmpdir(), "homeroom-keys-"));
const generated = "a1".repeat(32);
let folders = 0;
after(() => rmSync(folder, { recursive: true, force: true }));

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
    assert.ok(heldFirst);
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
    assert.ok(interfered);
    const kids = (await open().read()).keys.map(({ kid }) => kid);
    assert.deepEqual(kids.toSorted(), [mine.publicKey.kid, theirs.publicKey.kid].toSorted());
  });

  it("names the secret that does not exist", async () => {
    const versions = new SecretsManagerVersions(new SecretsManagerFake().client);
    const store = new SecretsManagerKeyStore({ versions, jwksSecret: "jwks", signingKeysSecret: "signing" });
    await assert.rejects(store.read(), (error: Error) => error instanceof SecretError && /^jwks: /.test(error.message));
  });
});

describe("a folder as a key store", () => {
  it("lets only its owner read a private half, and leaves no half-written file", async () => {
    const path = join(folder, "modes");
    const store = new DirectoryKeyStore(path);
    const key = await newKey("north");
    await store.add([key]);
    await rotate(store, { issuer: "https://north.example", now: 10 });
    assert.equal(statSync(join(path, `${key.publicKey.kid}.pem`)).mode & 0o777, 0o600);
    assert.ok(!existsSync(join(path, ".jwks.json")));
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
    assert.deepEqual(await keys.read(), { keys: [] });
    assert.equal(await keys.privateKey("nobody-knows-it"), undefined);
    const key = await newKey("north");
    mount(JSON.stringify({ keys: [key.publicKey] }), JSON.stringify({ keys: [privateHalf(key)] }));
    assert.deepEqual(await keys.read(), { keys: [key.publicKey] });
    assert.ok(await keys.privateKey(key.publicKey.kid));
    mount(JSON.stringify({ keys: [] }), JSON.stringify({ keys: [] }));
    assert.deepEqual(await keys.read(), { keys: [] });
    assert.equal(await keys.privateKey(key.publicKey.kid), undefined);
  });

  it("say what is wrong without quoting a private key", async () => {
    const key = privateHalf(await newKey("north"));
    mount("{", JSON.stringify({ keys: [{ ...key, tenants: [] }] }));
    const keys = new MountedKeys(files);
    await assert.rejects(keys.read(), /jwks\.json: is no JSON/);
    await assert.rejects(keys.privateKey(key.kid), (error: Error) => {
      assert.match(error.message, /signing-keys\.json: malformed at keys\.0\.tenants/);
      assert.ok(!error.message.includes(readFileSync(files.signing, "utf8").slice(500, 600)));
      return true;
    });
  });
});
