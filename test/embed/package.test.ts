import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { buildEmbed } from "../../embed/build.ts";
import { root } from "../support/workshop.ts";
import { expecting } from "../support/expecting.ts";

/** A host product that installed the package and nothing else. */
describe("the package homeroom, installed", () => {
  let product: string;
  beforeAll(async () => {
    product = mkdtempSync(join(tmpdir(), "homeroom-product-"));
    const installed = join(product, "node_modules/homeroom");
    mkdirSync(installed, { recursive: true });
    await buildEmbed(installed);
  });
  afterAll(() => rmSync(product, { recursive: true, force: true }));

  const node = (script: string) => {
    const file = join(product, "product.mjs");
    writeFileSync(file, script);
    return spawnSync(process.execPath, [file], { encoding: "utf8", cwd: product, env: {} });
  };

  it("signs in plain Node, without tsx and without the AWS SDK", () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const { n, e } = publicKey.export({ format: "jwk" });
    const pem = JSON.stringify(privateKey.export({ type: "pkcs8", format: "pem" }));
    const { stdout, stderr } = node(`
      import { createPrivateKey } from "node:crypto";
      import { localSigner } from "homeroom/embed";
      const key = { kty: "RSA", n: "${n}", e: "${e}", kid: "north-key-1", alg: "RS256", use: "sig", iss: "https://north.example",
        tenants: ["north"], activate_at: 1, retire_at: null };
      const homeroom = localSigner({ issuer: key.iss, tenants: ["north"], embedOrigins: ["https://analytics1.example"],
        dashboards: { progress: "u" }, keys: { read: async () => ({ keys: [key] }), privateKey: async () => createPrivateKey(${pem}) } });
      const person = { user_id: 7, username: "pat", email: "pat@x.example", first_name: "Pat", last_name: "Lee", role: "principal", school_id: 42 };
      const embed = await homeroom.embed({ person, tenant: "north", dashboard: "progress" });
      console.log(JSON.stringify({ parts: embed.token.split(".").length, origin: embed.embedOrigin }));
      await homeroom.embed({ person: { ...person, role: "teacher" }, tenant: "north", dashboard: "progress" })
        .catch((error) => console.log(error.name, error.code));
    `);
    expect(stderr).toBe("");
    expect(stdout).toBe('{"parts":3,"origin":"https://analytics1.example"}\nEmbedError claims\n');
  });

  it("says which package is missing when keys are to come from Secrets Manager", () => {
    const { stdout } = node(`
      import { secretsManagerKeys } from "homeroom/embed";
      await secretsManagerKeys({ issuer: "https://north.example", jwksSecret: "a", signingKeysSecret: "b" }).read()
        .catch((error) => console.log(error.code, error.message));
    `);
    expect(stdout).toMatch(/^no_key .*@aws-sdk\/client-secrets-manager/);
  });

  it("gives the browser one module that imports nothing", () => {
    const text = readFileSync(join(product, "node_modules/homeroom/embed/browser.js"), "utf8");
    expect(text).toMatch(/export \{[^}]*mountDashboard/);
    expect(text).not.toMatch(/^import |\brequire\(/m);
  });

  it("holds nothing of the cloud, the cluster or this machine", () => {
    const folder = join(product, "node_modules/homeroom/embed");
    for (const name of readdirSync(folder).filter((entry) => entry.endsWith(".js"))) {
      expecting(name, readFileSync(join(folder, name), "utf8")).not.toMatch(/aws-cdk-lib|cdk8s/);
      expecting(name, readFileSync(join(folder, name), "utf8")).not.toContain(root);
    }
  });
});
