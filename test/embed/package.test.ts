import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { bundle } from "../../embed/build/bundles.ts";
import { expecting } from "../support/expecting.ts";
import { root } from "../support/workshop.ts";
import { Product } from "./product.ts";

/** Bytes that each entry may have, minified but with the names of the source. */
const budget = { "index.js": 150_000, "index.cjs": 150_000, "browser.js": 15_000, "browser.cjs": 15_000 };

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const { n, e } = publicKey.export({ format: "jwk" });
const pem = JSON.stringify(privateKey.export({ type: "pkcs8", format: "pem" }));

const signing = `
  const key = { kty: "RSA", n: "${n}", e: "${e}", kid: "north-key-1", alg: "RS256", use: "sig", iss: "https://north.example",
    tenants: ["north"], activate_at: 1, retire_at: null };
  const homeroom = localSigner({ issuer: key.iss, tenants: ["north"], embedOrigins: ["https://analytics1.example"],
    dashboards: { progress: "u" }, keys: { read: async () => ({ keys: [key] }), privateKey: async () => createPrivateKey(${pem}) } });
  const person = { user_id: 7, username: "pat", email: "pat@x.example", first_name: "Pat", last_name: "Lee", role: "principal", school_id: 42 };
  const request = { person, tenant: "north", dashboard: "progress" };
  const tell = (error) => console.log(error.name, error.code, error.message);
  homeroom.embed(request)
    .then((embed) => console.log(embed.token.split(".").length, embed.embedOrigin))
    .then(() => homeroom.embed({ ...request, person: { ...person, role: "teacher" } })).catch(tell)
    .then(() => homeroom.embed({ ...request, person: { ...person, school_id: 0 } })).catch(tell);
`;
const signed = `3 https://analytics1.example
EmbedError claims person.class_ids: a teacher needs this array
EmbedError claims school_id: must be >= 1
`;

describe("the package @homeroom/embed, installed", () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.create();
  });
  afterAll(() => product.remove());

  const read = (name: string): string => readFileSync(join(product.embed, name), "utf8");
  const dist = (): string[] => readdirSync(join(product.embed, "dist"));

  it("signs in plain Node as an ES module, without tsx and without the AWS SDK", () => {
    const imports = `import { createPrivateKey } from "node:crypto"; import { localSigner } from "@homeroom/embed";`;
    const { stdout, stderr } = product.run("product.mjs", imports + signing);
    expect({ stdout, stderr }).toEqual({ stdout: signed, stderr: "" });
  });

  it("signs as CommonJS", () => {
    const imports = `const { createPrivateKey } = require("node:crypto"); const { localSigner } = require("@homeroom/embed");`;
    const { stdout, stderr } = product.run("product.cjs", imports + signing);
    expect({ stdout, stderr }).toEqual({ stdout: signed, stderr: "" });
  });

  it("runs where no code may be made from text", () => {
    const { stdout } = spawnSync(
      process.execPath,
      ["--disallow-code-generation-from-strings", join(product.folder, "product.mjs")],
      { encoding: "utf8" },
    );
    expect(stdout).toBe(signed);
  });

  it("says which package is missing when keys are to come from Secrets Manager", () => {
    const read = `secretsManagerKeys({ issuer: "https://north.example", jwksSecret: "a", signingKeysSecret: "b" }).read()
      .catch((error) => console.log(error.code, error.message));`;
    const { stdout } = product.run("keys.mjs", `import { secretsManagerKeys } from "@homeroom/embed"; ${read}`);
    expect(stdout).toMatch(/^no_key .*@aws-sdk\/client-secrets-manager/);
    const { stdout: cjs } = product.run(
      "keys.cjs",
      `const { secretsManagerKeys } = require("@homeroom/embed"); ${read}`,
    );
    expect(cjs).toMatch(/^no_key .*@aws-sdk\/client-secrets-manager/);
  });

  it("can be imported where Node renders pages ahead, from both kinds of modules", () => {
    const tell = "console.log(typeof mountDashboard, typeof prewarm);";
    const esm = product.run("page.mjs", `import { mountDashboard, prewarm } from "@homeroom/embed/browser"; ${tell}`);
    const cjs = product.run(
      "page.cjs",
      `const { mountDashboard, prewarm } = require("@homeroom/embed/browser"); ${tell}`,
    );
    for (const { stdout, stderr } of [esm, cjs]) expecting(stderr, stdout).toBe("function function\n");
  });

  it("leaves Superset's SDK to the page's bundler, and imports nothing else in a browser", () => {
    const imported = [...read("dist/browser.js").matchAll(/\bfrom\s*"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"/g)];
    expect(imported.map(([, from, imports]) => from ?? imports)).toEqual(["@superset-ui/embedded-sdk"]);
  });

  it("keeps to the size budget", () => {
    for (const [name, most] of Object.entries(budget)) {
      const { size } = statSync(join(product.embed, "dist", name));
      expecting(`bytes of dist/${name}; THIRD-PARTY-NOTICES says what is in it`, size).toBeLessThanOrEqual(most);
    }
    expect(dist().sort()).toEqual(Object.keys(budget).sort());
  });

  it("bundles of our source no more than the signing of tokens", async () => {
    const bundles = await bundle(join(product.folder, "bundles"));
    const ours = bundles.flatMap(({ outputs }) =>
      Object.values(outputs).flatMap(({ inputs }) =>
        Object.entries(inputs).flatMap(([path, { bytesInOutput }]) =>
          bytesInOutput > 0 && !path.startsWith("node_modules/") ? [path] : [],
        ),
      ),
    );
    const allowed = /^(embed|contract|runtime\/tokens\/(claims|keys|minting))\/|^runtime\/tokens\/refusal\.ts$/;
    expect(ours.filter((path) => !allowed.test(path))).toEqual([]);
    expect(ours).toContain("runtime/tokens/minting/mint.ts");
  });

  it("names every package that lies in its bundles, with its licence", () => {
    const notices = read("THIRD-PARTY-NOTICES");
    expect([...notices.matchAll(/^(\S+) [\d.]+ \((.+)\)$/gm)].map(([, name, licence]) => [name, licence])).toEqual([
      ["ajv", "MIT"],
      ["fast-deep-equal", "MIT"],
      ["jose", "MIT"],
      ["zod", "MIT"],
    ]);
    expect(notices.match(/Permission is hereby granted/g)).toHaveLength(4);
    const committed = readFileSync(join(root, "embed/THIRD-PARTY-NOTICES"), "utf8");
    expecting("run npm run build:embed and commit embed/THIRD-PARTY-NOTICES", committed).toBe(notices);
  });

  it("has the licence of the repository", () => {
    expect(read("LICENSE")).toBe(readFileSync(join(root, "LICENSE"), "utf8"));
  });

  it("holds nothing of the cloud, the cluster or this machine", () => {
    for (const name of dist()) {
      expecting(name, read(`dist/${name}`)).not.toMatch(/aws-cdk-lib|cdk8s/);
      expecting(name, read(`dist/${name}`)).not.toContain(root);
    }
  });

  it("asks npm for the version of Superset's SDK that it was built and tested with", () => {
    const { dependencies } = JSON.parse(read("package.json")) as { dependencies: Record<string, string> };
    const name = "@superset-ui/embedded-sdk";
    const installed = JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")) as {
      version: string;
    };
    expect(dependencies).toEqual({ [name]: installed.version });
  });
});
