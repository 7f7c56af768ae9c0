import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { createLocalJWKSet, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { secretsDir } from "../../../../charts/superset/paths.ts";
import { clientAssertionType, platform, tokenServiceUser } from "../../../../contract/index.ts";
import { RedisTrustStore } from "../../../../runtime/adapters/redis/redis-trust-store.ts";
import { fieldOf } from "../../../../runtime/tokens/revocation/revocation.ts";
import { parseServiceConfig } from "../../../../runtime/tokens/service-config.ts";
import { generateSigningKey } from "../../../../runtime/tokens/keys/signing-key.ts";
import { privateHalf } from "../../../../runtime/tokens/keys/signing-secret.ts";
import { fixture } from "../../../charts/fixture.ts";
import { manifests, named, specOf, type Workload } from "../../../charts/manifests.ts";
import { freePort } from "../../../support/free-port.ts";
import { TestRedis } from "../../../support/redis.ts";
import { ada } from "../ada.ts";
import { bundleImage, dockerfile } from "./bundle.ts";
import { expecting } from "../../../support/expecting.ts";
import { present } from "../../../support/narrowing.ts";

const folder = mkdtempSync(join(tmpdir(), "homeroom-tokens-image-"));
const app = join(folder, "app");
const secrets = join(folder, "secrets");
const user = 65_532;
// Only root may become the image's user; the base image's node may also lie where that user cannot go.
const asUser =
  process.getuid?.() === 0 && spawnSync(process.execPath, ["-e", ""], { uid: user, gid: user }).status === 0
    ? { uid: user, gid: user }
    : {};

/** Files of the secret store are swapped whole, as the driver does it. */
function mountSecret(name: string, text: string): void {
  const file = join(secrets, name);
  writeFileSync(`${file}.next`, text, { mode: 0o400 });
  if (asUser.uid !== undefined) chownSync(`${file}.next`, asUser.uid, asUser.gid);
  renameSync(`${file}.next`, file);
}

const answerSchema = z.object({ token: z.string().optional(), error: z.string().optional() });

describe("the token service's image", () => {
  const redis = new TestRedis();
  const client = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const clientKid = "portal-1";
  const { n = "", e = "" } = client.publicKey.export({ format: "jwk" });
  const configFile = join(folder, "tokens.json");
  let base = "";
  let audience = "";
  let variables: Record<string, string> = {};
  let running: ChildProcess | undefined;
  let output = "";

  beforeAll(async () => {
    await redis.start();
    bundleImage(folder, app);
    chmodSync(app, 0o555);
    chmodSync(folder, 0o755);
    mkdirSync(secrets);
    mountSecret(tokenServiceUser.passwordFile, readFileSync(redis.passwordFile, "utf8"));
    const [fixtureClient] = fixture.tokenClients ?? [];
    present(fixtureClient);
    const keys = [{ kty: "RSA" as const, n, e, kid: clientKid, alg: "RS256" as const, use: "sig" as const }];
    const all = manifests({ trustStoreUrl: redis.url, tokenClients: [{ ...fixtureClient, keys }] });
    const text = named("ConfigMap", "superset-tokens", all).data?.["tokens.json"] ?? "";
    const port = await freePort();
    // All that a pod has and a test machine has not: its mounts, its port and an address of its own.
    const local = text
      .replaceAll(`${secretsDir}/`, `${secrets}/`)
      .replace(`"port": ${platform.ports.tokens},`, `"port": ${port},`)
      .replace('"host": "0.0.0.0"', '"host": "127.0.0.1"');
    writeFileSync(configFile, local);
    audience = parseServiceConfig(JSON.parse(local), configFile).assertionAudience;
    base = `http://127.0.0.1:${port}`;
    const [container] = specOf<Workload>(named("Deployment", "superset-tokens", all)).template.spec.containers;
    variables = Object.fromEntries((container?.env ?? []).map(({ name, value = "" }) => [name, value]));
    expect(Object.keys(variables)).toStrictEqual(["HOMEROOM_TOKENS_CONFIG"]);
    variables = { HOMEROOM_TOKENS_CONFIG: configFile, NODE_ENV: "production" };
  });

  afterEach(async () => {
    const ending = running;
    running = undefined;
    if (ending?.exitCode !== null) return;
    const ended = new Promise((resolve) => ending.once("exit", resolve));
    ending.kill("SIGTERM");
    await ended;
  });

  afterAll(async () => {
    await redis.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  async function startContainer(): Promise<void> {
    const [, entry = "[]"] = /^ENTRYPOINT (.*)$/m.exec(dockerfile) ?? [];
    const [program, file = ""] = z.array(z.string()).parse(JSON.parse(entry));
    expect(program).toBe("node");
    const started = spawn(process.execPath, [file.replace(/^\/app\//, `${app}/`)], {
      cwd: app,
      env: variables,
      stdio: ["ignore", "pipe", "pipe"],
      ...asUser,
    });
    running = started;
    output = "";
    for (const stream of [started.stdout, started.stderr]) {
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    }
    for (let attempt = 0; !output.includes("service.started"); attempt += 1) {
      expecting(`the bundle does not start:\n${output}`, attempt).toBeLessThan(200);
      expecting(`the bundle does not start:\n${output}`, started.exitCode).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  const health = async (): Promise<number> => (await fetch(`${base}/v1/health`)).status;

  async function askForToken(): Promise<{ status: number; token?: string | undefined; error?: string | undefined }> {
    const now = Math.floor(Date.now() / 1000);
    const id = "school-portal";
    const claims = { iss: id, sub: id, aud: audience, iat: now, exp: now + 60, jti: randomUUID() };
    const body = {
      client_assertion_type: clientAssertionType,
      client_assertion: await new SignJWT(claims)
        .setProtectedHeader({ alg: "RS256", kid: clientKid })
        .sign(client.privateKey),
      tenant: "north",
      dashboard: "student-progress",
      person: ada,
    };
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${base}/v1/tokens`, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: response.status, ...answerSchema.parse(await response.json()) };
  }

  it("answers 503 with what AWS made up, and serves as soon as the first rotation has written keys", async () => {
    for (const name of ["jwks.json", "signing-keys.json"]) mountSecret(name, "aB3".repeat(22).slice(0, 64));
    await startContainer();
    expect(await health()).toBe(503);
    expect((await askForToken()).token).toBeUndefined();

    const now = Math.floor(Date.now() / 1000);
    const key = await generateSigningKey({ issuer: "https://north.example", tenants: ["north"], activateAt: now - 1 });
    const published = { keys: [key.publicKey] };
    mountSecret("signing-keys.json", JSON.stringify({ keys: [privateHalf(key)] }));
    mountSecret("jwks.json", JSON.stringify(published));
    expect(await health()).toBe(200);
    const { status, token = "", error } = await askForToken();
    expecting(String(error), status).toBe(200);
    const jwks = createLocalJWKSet(published);
    const { payload } = await jwtVerify(token, jwks, { issuer: key.publicKey.iss, audience: "homeroom" });
    expect([payload["tenant"], payload["school_id"]]).toStrictEqual(["north", 42]);
    expect(readdirSync(app).sort()).toStrictEqual(["homeroom.mjs", "token-service.mjs"]);
  });

  it("holds `homeroom revoke`, which works on the trust store of its configuration", async () => {
    const command = [join(app, "homeroom.mjs"), "revoke", "school", "north", "42", "--config", configFile];
    const done = spawnSync(process.execPath, command, { cwd: app, env: {}, encoding: "utf8", ...asUser });
    expecting(done.stderr, done.status).toBe(0);
    const store = new RedisTrustStore({ url: redis.url, passwordFile: redis.passwordFile });
    await store.open();
    const { entries } = await store.list();
    store.close();
    expect(entries.map(({ revocation }) => fieldOf(revocation))).toStrictEqual(["school:north:42"]);
  });

  it("says which setting is missing", () => {
    const started = spawnSync(process.execPath, [join(app, "token-service.mjs")], { env: {}, encoding: "utf8" });
    expect(started.status).toBe(1);
    expect(started.stderr).toMatch(/^HOMEROOM_TOKENS_CONFIG is not set/);
  });

  it("takes its bases by argument, has no root and no shell in its start", () => {
    expect(dockerfile).not.toMatch(/^FROM [^$]/m);
    expect(dockerfile).toMatch(/^USER 65532:65532$/m);
    expect(dockerfile).toMatch(/^ENTRYPOINT \["node", /m);
    expect(dockerfile).toMatch(/npm sbom --sbom-format=cyclonedx/);
  });
});
