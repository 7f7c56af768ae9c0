import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import Ajv2020 from "ajv/dist/2020.js";
import { decodeJwt, SignJWT } from "jose";
import { z } from "zod";
import { clientAssertionType, eventsSchema } from "../../../../contract/index.ts";
import { DirectoryKeyStore } from "../../../../runtime/adapters/local/directory-key-store.ts";
import { ensureLocalKeys } from "../../../../runtime/tokens/server/local-setup.ts";
import { parseServiceConfig, type ServiceConfig } from "../../../../runtime/tokens/service-config.ts";
import type { TokenEvent } from "../../../../runtime/tokens/token-event.ts";
import { createTokenService } from "../../../../runtime/tokens/server/token-service.ts";
import { conforms } from "./conforms.ts";
import { MemoryTrustStore } from "../revocation/memory-trust-store.ts";
import { expecting } from "../../../support/expecting.ts";
import { fail, present } from "../../../support/narrowing.ts";

const folder = mkdtempSync(join(tmpdir(), "homeroom-tokens-"));
const embedOrigins = {
  https: [1, 2, 3].map((shard) => `https://analytics${shard}.homeroom.localhost:8443`),
  http: [1, 2, 3].map((shard) => `http://analytics${shard}.homeroom.localhost:8080`),
};
const urls = {
  issuers: ["north", "south"].map((tenant) => ({ tenant, issuer: `https://${tenant}.school.localhost` })),
  audience: "homeroom",
  tokensPort: 18_090,
  portalPort: 18_091,
  trustStore: { url: "redis://127.0.0.1:6379" },
  embedOrigins,
};
const person = {
  user_id: 1,
  username: "ada",
  email: "ada@north.example",
  first_name: "Ada",
  last_name: "Lovelace",
  role: "principal",
  school_id: 42,
};
const isEvent = new Ajv2020.default({ allErrors: true }).compile(eventsSchema);
const answerSchema = z.object({
  error: z.string().optional(),
  message: z.string().optional(),
  token: z.string().optional(),
  embed_url: z.string().optional(),
  embedded_uuid: z.string().optional(),
});

interface AssertionChange {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, string>>;
  readonly key?: KeyObject;
}

describe("token service", () => {
  let config: ServiceConfig;
  let clientKey: KeyObject;
  let kid: string;
  let server: Server;
  let base: string;
  let events: TokenEvent[] = [];
  let extraSeconds = 0;
  const clock = (): number => Date.now() / 1000 + extraSeconds;
  const trust = new MemoryTrustStore(clock);

  beforeAll(async () => {
    const files = await ensureLocalKeys(folder, urls);
    const read = parseServiceConfig(JSON.parse(readFileSync(files.tokensConfig, "utf8")), files.tokensConfig);
    const [portal] = read.clients;
    present(portal);
    clientKey = createPrivateKey(readFileSync(join(folder, "portal", "client-key.pem")));
    kid = portal.keys[0]?.kid ?? "";
    const narrow = {
      ...portal,
      id: "north-only",
      tenants: ["north"],
      roles: ["principal" as const],
      dashboards: ["student-progress"],
    };
    config = { ...read, clients: [portal, narrow, { ...portal, id: "slow", requestsPerMinute: 2 }] };
    server = createTokenService({
      config,
      keys: new DirectoryKeyStore(join(folder, "keys")),
      trust,
      clock,
      record: (event) => events.push(event),
      report: (error) => fail(String(error)),
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    base = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(() => {
    events = [];
    extraSeconds = 0;
  });

  afterEach(() => {
    for (const event of events)
      expecting(`${JSON.stringify(event)} ${JSON.stringify(isEvent.errors)}`, isEvent(event)).toBe(true);
  });

  async function assertion({ claims = {}, header = {}, key = clientKey }: AssertionChange = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const id = "school-portal";
    const payload = {
      iss: id,
      sub: id,
      aud: config.assertionAudience,
      iat: now,
      exp: now + 60,
      jti: randomUUID(),
      ...claims,
    };
    return new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid, ...header }).sign(key);
  }

  const as = (id: string): Promise<string> => assertion({ claims: { iss: id, sub: id } });

  async function ask(change: Readonly<Record<string, unknown>> = {}) {
    const body = {
      client_assertion_type: clientAssertionType,
      client_assertion: await assertion(),
      tenant: "north",
      dashboard: "student-progress",
      person,
      ...change,
    };
    const response = await fetch(`${base}/v1/tokens`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const answer: unknown = await response.json();
    conforms("POST", "/v1/tokens", response.status, answer);
    return { status: response.status, ...answerSchema.parse(answer) };
  }

  it("issues a token, an embed URL on a stable host and the event with the token's hash alone", async () => {
    const first = await ask();
    expecting(String(first.message), first.status).toBe(200);
    const token = first.token ?? "";
    expect(decodeJwt(token).iss).toBe("https://north.school.localhost");
    const url = new URL(first.embed_url ?? "");
    expect(embedOrigins.https).toContain(url.origin);
    expect(url.pathname).toBe("/embedded/dashboard/student-progress");
    expect(url.searchParams.get("jwt")).toBe(token);
    expect(first.embedded_uuid).toBe(config.dashboards["student-progress"]?.embedded_uuid);
    expect(new URL((await ask()).embed_url ?? "").origin).toBe(url.origin);
    const [event] = events;
    expect(event?.event).toBe("token.issued");
    expect(event?.token_sha256).toBe(createHash("sha256").update(token).digest("hex"));
    expect(JSON.stringify(events)).not.toContain(token);
  });

  it("gives plain HTTP origins when asked and configured", async () => {
    expect(embedOrigins.http).toContain(new URL((await ask({ transport: "http" })).embed_url ?? "").origin);
  });

  it("refuses an assertion that was used before", async () => {
    const used = await assertion();
    expect((await ask({ client_assertion: used })).status).toBe(200);
    const again = await ask({ client_assertion: used });
    expect(again.status).toBe(401);
    expect(again.message ?? "").toMatch(/used before/);
  });

  it("refuses assertions that are foreign, stale, far-dated, for others or unsigned", async () => {
    const now = Math.floor(Date.now() / 1000);
    const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(JSON.stringify({ iss: "school-portal", sub: "school-portal" })).toString("base64url")}.`;
    const refused: Readonly<Record<string, string>> = {
      "another key": await assertion({ key: stranger }),
      "unknown kid": await assertion({ header: { kid: "other" } }),
      "unknown client": await as("nobody"),
      "subject differs": await assertion({ claims: { sub: "slow" } }),
      "another audience": await assertion({ claims: { aud: "https://elsewhere.example" } }),
      "several audiences": await assertion({ claims: { aud: [config.assertionAudience, "x"] } }),
      expired: await assertion({ claims: { iat: now - 200, exp: now - 100 } }),
      "longer than five minutes": await assertion({ claims: { iat: now, exp: now + 301 } }),
      "dated ahead": await assertion({ claims: { iat: now + 3600, exp: now + 3660 } }),
      "without jti": await assertion({ claims: { jti: undefined } }),
      "short jti": await assertion({ claims: { jti: "1" } }),
      "without exp": await assertion({ claims: { exp: undefined } }),
      unsigned: none,
      "no JWT": "abc",
    };
    for (const [name, client_assertion] of Object.entries(refused)) {
      const { status, error } = await ask({ client_assertion });
      expect({ name, status, error }).toStrictEqual({ name, status: 401, error: "invalid_client" });
    }
    expect(events.filter(({ event, client }) => !(event === "token.refused" && client === undefined))).toEqual([]);
  });

  it("refuses a client another tenant, role or dashboard and records who asked", async () => {
    const foreign = [
      { tenant: "south" },
      { person: { ...person, role: "teacher", class_ids: [1] } },
      { dashboard: "institutional-analytics" },
    ];
    for (const change of foreign) {
      const { status, message } = await ask({ client_assertion: await as("north-only"), ...change });
      expecting(String(message), status).toBe(403);
      expect(message ?? "").toMatch(/may not issue for/);
    }
    expect(events.filter(({ client, event }) => !(client === "north-only" && event === "token.refused"))).toEqual([]);
  });

  it("refuses claims of wrong types with 400 and the claim's name", async () => {
    for (const school_id of ["42 OR 1=1", true, [42], null, 42.5, 1e21]) {
      const { status, message } = await ask({ person: { ...person, school_id } });
      expect(status).toBe(400);
      expect(message ?? "").toMatch(/school_id/);
    }
    expect((await ask({ person: { ...person, admin: true } })).status).toBe(400);
    expect((await ask({ lifetime_seconds: 3601 })).status).toBe(400);
  });

  it("limits each client's rate and lets it go on later", async () => {
    const statuses: number[] = [];
    for (let call = 0; call < 3; call += 1) statuses.push((await ask({ client_assertion: await as("slow") })).status);
    expect(statuses).toStrictEqual([200, 200, 429]);
    expect((await ask()).status).toBe(200);
    extraSeconds = 31;
    expect((await ask({ client_assertion: await as("slow") })).status).toBe(200);
  });

  it("refuses other paths, methods, content types, large bodies and broken JSON clearly", async () => {
    const post = { method: "POST", headers: { "content-type": "application/json" } };
    const cases: readonly (readonly [string, RequestInit, number])[] = [
      ["/", {}, 404],
      ["/v1/tokens", {}, 405],
      ["/v1/health", { method: "POST" }, 405],
      ["/v1/tokens", { method: "POST", body: "{}" }, 415],
      ["/v1/tokens", { ...post, body: "x".repeat(40_000) }, 413],
      ["/v1/tokens", { ...post, body: "{" }, 400],
      ["/v1/tokens", { ...post, body: "[]" }, 400],
    ];
    for (const [path, init, expected] of cases) {
      const response = await fetch(base + path, init);
      expecting(path, response.status).toBe(expected);
      const answer: unknown = await response.json();
      conforms(init.method ?? "GET", path, response.status, answer);
      expect(answerSchema.parse(answer).message).toBeTruthy();
    }
  });

  it("serves health and the public keys, never a private member", async () => {
    for (const path of ["/v1/health", "/.well-known/jwks.json", "/v1/openapi.json"]) {
      const response = await fetch(base + path);
      expect(response.status).toBe(200);
      conforms("GET", path, 200, await response.json());
    }
    const text = await (await fetch(`${base}/.well-known/jwks.json`)).text();
    expect(text).toMatch(/"tenants"/);
    expect(text).not.toMatch(/"(d|p|q|dp|dq|qi)":/);
  });

  it("keeps keys through a second setup and private files to their owner", async () => {
    const before = readFileSync(join(folder, "keys", "jwks.json"), "utf8");
    await ensureLocalKeys(folder, urls);
    expect(readFileSync(join(folder, "keys", "jwks.json"), "utf8")).toBe(before);
    for (const name of ["keys/" + decodeKid(before) + ".pem", "portal/client-key.pem"]) {
      expecting(name, statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    }
  });

  it("refuses a configuration with all its problems at once", () => {
    const wrong = {
      ...config,
      port: -1,
      embedOrigins: { https: ["https://a.example/x"], http: ["http://a.example"] },
      extra: 1,
    };
    expect(() => parseServiceConfig(wrong, "service.json")).toThrow(
      /service\.json: 4 problem[^]*port[^]*embedOrigins\.https\.0/,
    );
    expect(() =>
      parseServiceConfig({ ...config, embedOrigins: { ...embedOrigins, http: ["http://a.example"] } }, "service.json"),
    ).toThrow(/only \.localhost may/);
  });
});

function decodeKid(jwks: string): string {
  return z.object({ keys: z.array(z.object({ kid: z.string() })) }).parse(JSON.parse(jwks)).keys[0]?.kid ?? "";
}
