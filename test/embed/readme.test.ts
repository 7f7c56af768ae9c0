import { type ChildProcess, spawn } from "node:child_process";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import type { Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { build, transform } from "esbuild";
import { decodeJwt } from "jose";
import { parseServiceConfig } from "../../runtime/tokens/service-config.ts";
import { createTokenService } from "../../runtime/tokens/server/token-service.ts";
import { generateSigningKey, thumbprint } from "../../runtime/tokens/keys/signing-key.ts";
import { MemoryKeyStore } from "../runtime/tokens/keys/memory-key-store.ts";
import { MemoryTrustStore } from "../runtime/tokens/revocation/memory-trust-store.ts";
import { expecting } from "../support/expecting.ts";
import { freePort } from "../support/free-port.ts";
import { fail } from "../support/narrowing.ts";
import { Product } from "./product.ts";
import { snippet } from "./readme-snippets.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const { n = "", e = "" } = createPublicKey(privateKey).export({ format: "jwk" });

/** A token service of which `portal` is a client, as whoever operates Homeroom would register it. */
async function startTokenService(port: number): Promise<Server> {
  const keys = new MemoryKeyStore();
  await keys.add([await generateSigningKey({ issuer: "https://north.example", tenants: ["north"], activateAt: 1 })]);
  const jwk = { kty: "RSA", n, e, kid: thumbprint({ e, kty: "RSA", n }), alg: "RS256", use: "sig" };
  const clock = (): number => Date.now() / 1000;
  const config = parseServiceConfig(
    {
      host: "127.0.0.1",
      port,
      audience: "homeroom",
      assertionAudience: `http://127.0.0.1:${port}/v1/tokens`,
      keys: { directory: "/nowhere" },
      trustStore: { url: "redis://127.0.0.1:6379" },
      embedOrigins: { https: ["https://analytics1.example"] },
      dashboards: { "student-progress": { embedded_uuid: "7b1c6a52-0e5e-4a52-8d0a-2f6f0c1c9a11" } },
      clients: [
        {
          id: "portal",
          keys: [jwk],
          tenants: ["north"],
          roles: ["teacher"],
          dashboards: ["student-progress"],
          requestsPerMinute: 600,
        },
      ],
    },
    "test",
  );
  const service = createTokenService({
    config,
    keys,
    trust: new MemoryTrustStore(clock),
    clock,
    record: () => undefined,
    report: (error) => fail(String(error)),
  });
  await new Promise<void>((resolve) => service.listen(port, "127.0.0.1", resolve));
  return service;
}

describe("the steps of embed/README.md", () => {
  let product: Product;
  let service: Server;
  let server: ChildProcess;
  let address: string;
  beforeAll(async () => {
    product = await Product.create();
    product.install("express");
    const [port, tokens] = [await freePort(), await freePort()];
    service = await startTokenService(tokens);
    address = `http://127.0.0.1:${port}`;
    const { code } = await transform(snippet("server.ts"), { loader: "ts" });
    server = spawn(process.execPath, [product.write("server.mjs", code)], {
      cwd: product.folder,
      stdio: "inherit",
      env: {
        PORT: String(port),
        HOMEROOM_URL: `http://127.0.0.1:${tokens}`,
        HOMEROOM_KEY: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      },
    });
    product.write("public/index.html", "<div id=dashboard></div>");
    while (!(await fetch(address).catch(() => undefined))) {
      expecting("exit code of the README's server", server.exitCode).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
  afterAll(() => {
    server.kill();
    service.closeAllConnections();
    service.close();
    product.remove();
  });

  it("make a backend that answers its own page with a token for Pat", async () => {
    const ask = (dashboard: string): Promise<Response> =>
      fetch(`${address}/api/embed`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ dashboard }),
      });
    const response = await ask("student-progress");
    expect(response.status).toBe(200);
    const { token, embedOrigin } = (await response.json()) as { token: string; embedOrigin: string };
    const { username, role, class_ids, school_id } = decodeJwt(token);
    expect({ username, role, class_ids, school_id }).toEqual({
      username: "pat",
      role: "teacher",
      class_ids: [1, 2],
      school_id: 42,
    });
    expect(embedOrigin).toBe("https://analytics1.example");
    expect((await ask("institutional-analytics")).status).toBe(403);
  });

  it("make a page that a bundler can build", async () => {
    const { outputFiles } = await build({
      entryPoints: [product.write("page.ts", snippet("page.ts"))],
      bundle: true,
      format: "esm",
      write: false,
    });
    const text = outputFiles[0]?.text ?? "";
    expect(text).toMatch(/mountDashboard/);
    expect(text).not.toMatch(/^import /m);
  });

  it("take ten lines", () => {
    const lines = `${snippet("server.ts")}${snippet("page.ts")}`.split("\n").filter((line) => line !== "");
    expect(lines).toHaveLength(10);
  });
});
