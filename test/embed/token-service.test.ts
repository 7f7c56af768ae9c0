import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { decodeJwt } from "jose";
import type { EmbedErrorCode } from "../../embed/embed-error.ts";
import type { EmbedRequest } from "../../embed/homeroom.ts";
import { tokenService, type TokenServiceProps } from "../../embed/token-service.ts";
import { parseServiceConfig } from "../../runtime/tokens/service-config.ts";
import { generateSigningKey, thumbprint } from "../../runtime/tokens/keys/signing-key.ts";
import { createTokenService } from "../../runtime/tokens/server/token-service.ts";
import { MemoryKeyStore } from "../runtime/tokens/keys/memory-key-store.ts";
import { MemoryTrustStore } from "../runtime/tokens/revocation/memory-trust-store.ts";
import { principal, student } from "./people.ts";
import { fail } from "../support/narrowing.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const { n = "", e = "" } = createPublicKey(privateKey).export({ format: "jwk" });
const request: EmbedRequest = { person: principal, tenant: "north", dashboard: "student-progress" };

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function close(server: Server): void {
  server.closeAllConnections();
  server.close();
}

describe("asking the token service", () => {
  let service: Server;
  let url: string;
  const keys = new MemoryKeyStore();

  beforeAll(async () => {
    await keys.add([await generateSigningKey({ issuer: "https://north.example", tenants: ["north"], activateAt: 1 })]);
    const config = parseServiceConfig(
      {
        host: "127.0.0.1",
        port: 0,
        audience: "homeroom",
        assertionAudience: "https://tokens.example/v1/tokens",
        keys: { directory: "/nowhere" },
        trustStore: { url: "redis://127.0.0.1:6379" },
        embedOrigins: { https: ["https://analytics1.example"] },
        dashboards: { "student-progress": { embedded_uuid: "7b1c6a52-0e5e-4a52-8d0a-2f6f0c1c9a11" } },
        clients: [
          {
            id: "portal",
            keys: [{ kty: "RSA", n, e, kid: thumbprint({ e, kty: "RSA", n }), alg: "RS256", use: "sig" }],
            tenants: ["north"],
            roles: ["principal"],
            dashboards: ["student-progress"],
            requestsPerMinute: 600,
          },
        ],
      },
      "test",
    );
    const clock = () => Date.now() / 1000;
    service = createTokenService({
      config,
      keys,
      trust: new MemoryTrustStore(clock),
      clock,
      record: () => undefined,
      report: (error) => fail(String(error)),
    });
    url = await listening(service);
  });
  afterAll(() => close(service));

  const client = (changes: Partial<TokenServiceProps> = {}) =>
    tokenService({
      url,
      clientId: "portal",
      clientKey: privateKey,
      assertionAudience: "https://tokens.example/v1/tokens",
      ...changes,
    });
  const failure = (code: EmbedErrorCode, text: RegExp) => ({
    name: "EmbedError",
    code,
    message: expect.stringMatching(text),
  });

  /** A stand-in that fails as networks and proxies do, and counts. */
  async function failing(answers: readonly Answer[], run: (url: string, bodies: string[]) => Promise<void>) {
    const bodies: string[] = [];
    const server = createServer((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => {
        const body = Buffer.concat(chunks).toString();
        const answer = answers[Math.min(bodies.length, answers.length - 1)];
        bodies.push(body);
        answer?.(incoming, response, body);
      });
    });
    try {
      await run(await listening(server), bodies);
    } finally {
      close(server);
    }
  }
  const drop: Answer = (incoming) => incoming.socket.destroy();
  const pass: Answer = (_incoming, response, body) => {
    fetch(`${url}/v1/tokens`, { method: "POST", headers: { "content-type": "application/json" }, body })
      .then(async (answer) => response.writeHead(answer.status).end(await answer.text()))
      .catch(() => response.destroy());
  };
  const say =
    (status: number, text: string): Answer =>
    (_incoming, response) =>
      response.writeHead(status, { "content-type": "application/json" }).end(text);

  it("gives the token, where it opens and until when", async () => {
    const embed = await client().embed({ ...request, lifetimeSeconds: 120 });
    const { exp, iat = 0, role } = decodeJwt(embed.token);
    expect(role).toBe("principal");
    expect(embed.expiresAt).toBe(exp);
    expect(embed.expiresAt - iat).toBe(120);
    expect(embed.embedOrigin).toBe("https://analytics1.example");
    expect(embed.embeddedUuid).toBe("7b1c6a52-0e5e-4a52-8d0a-2f6f0c1c9a11");
  });

  it("takes the key as PEM too", async () => {
    const clientKey = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    expect((await client({ clientKey }).embed(request)).token).toBeTruthy();
  });

  it("says what the service refused", async () => {
    await expect(client().embed({ ...request, tenant: "south" })).rejects.toMatchObject(
      failure("refused", /403.*tenant "south"/),
    );
    await expect(client().embed({ ...request, person: student })).rejects.toMatchObject(
      failure("refused", /role "student"/),
    );
    await expect(client({ clientId: "nobody" }).embed(request)).rejects.toMatchObject(
      failure("refused", /401.*no registered client/),
    );
    const odd = { ...principal, email: "no mail" };
    await expect(client().embed({ ...request, person: odd })).rejects.toMatchObject(failure("claims", /email/));
  });

  it("tries again with a new assertion after lost connections and a proxy without a service", async () => {
    await failing([drop, say(503, "<html>"), pass], async (address, bodies) => {
      expect((await client({ url: address }).embed(request)).token).toBeTruthy();
      const assertions = bodies.map((body) => (JSON.parse(body) as { client_assertion: string }).client_assertion);
      expect(new Set(assertions).size).toBe(3);
    });
  });

  it("gives up after its attempts, and in time", async () => {
    await failing([drop], async (address, bodies) => {
      await expect(client({ url: address, attempts: 2 }).embed(request)).rejects.toMatchObject(
        failure("unreachable", /2 attempts/),
      );
      expect(bodies).toHaveLength(2);
    });
    await failing([() => undefined], async (address) => {
      const hanging = client({ url: address, attempts: 1, timeoutMs: 50 });
      await expect(hanging.embed(request)).rejects.toMatchObject(failure("unreachable", /timeout|aborted/i));
    });
  });

  it("does not repeat what was refused, nor trust an answer without a token", async () => {
    await failing([say(403, '{"message":"no"}')], async (address, bodies) => {
      await expect(client({ url: address }).embed(request)).rejects.toMatchObject(failure("refused", /no$/));
      expect(bodies).toHaveLength(1);
    });
    for (const text of ["", "[]", '{"token":1}']) {
      await failing([say(200, text)], async (address) => {
        await expect(client({ url: address }).embed(request)).rejects.toMatchObject(
          failure("broken", /without a token/),
        );
      });
    }
    await failing([say(500, "{}")], async (address, bodies) => {
      await expect(client({ url: address }).embed(request)).rejects.toMatchObject(failure("broken", /500/));
      expect(bodies).toHaveLength(1);
    });
  });

  it("follows no redirect with its assertion", async () => {
    const away: Answer = (_incoming, response) => response.writeHead(307, { location: `${url}/v1/tokens` }).end();
    await failing([away], async (address) => {
      await expect(client({ url: address, attempts: 1 }).embed(request)).rejects.toMatchObject(
        failure("unreachable", /redirect/),
      );
    });
  });
});
