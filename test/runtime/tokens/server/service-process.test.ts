import { type ChildProcess, spawn } from "node:child_process";
import { createPrivateKey, type KeyObject, randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import Ajv2020 from "ajv/dist/2020.js";
import { decodeJwt, SignJWT } from "jose";
import { z } from "zod";
import { clientAssertionType, eventsSchema } from "../../../../contract/index.ts";
import { RedisTrustStore } from "../../../../runtime/adapters/redis/redis-trust-store.ts";
import { DirectoryKeyStore } from "../../../../runtime/adapters/local/directory-key-store.ts";
import { ensureLocalKeys } from "../../../../runtime/tokens/server/local-setup.ts";
import { fieldOf } from "../../../../runtime/tokens/revocation/revocation.ts";
import { parseServiceConfig, type ServiceConfig } from "../../../../runtime/tokens/service-config.ts";
import { freePort } from "../../../support/free-port.ts";
import { TestRedis } from "../../../support/redis.ts";
import { root } from "../../../support/workshop.ts";
import { ada } from "../ada.ts";
import { conforms } from "./conforms.ts";
import { expecting } from "../../../support/expecting.ts";
import { present } from "../../../support/narrowing.ts";

const folder = mkdtempSync(join(tmpdir(), "homeroom-replicas-"));
const redis = new TestRedis();
const answerSchema = z.object({
  error: z.string().optional(),
  message: z.string().optional(),
  token: z.string().optional(),
  revoked: z.number().optional(),
});

class Replica {
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | null>;
  output = "";
  base = "";

  constructor(config: string) {
    this.#process = spawn(process.execPath, ["--import", "tsx", join(root, "runtime/tokens/server/token.service.ts")], {
      cwd: root,
      env: { PATH: process.env["PATH"], HOMEROOM_TOKENS_CONFIG: config },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.stdout?.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
    this.#process.stderr?.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
  }

  async listening(port: number): Promise<this> {
    this.base = `http://127.0.0.1:${port}`;
    for (let attempt = 0; ; attempt += 1) {
      if (await fetch(`${this.base}/v1/health`).catch(() => undefined)) return this;
      if (attempt > 300 || this.#process.exitCode !== null)
        throw new Error(`the token service does not listen:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async post(path: string, body: object) {
    const response = await fetch(this.base + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const answer: unknown = await response.json();
    conforms("POST", path, response.status, answer);
    return { status: response.status, ...answerSchema.parse(answer) };
  }

  end(signal: NodeJS.Signals): Promise<number | null> {
    this.#process.kill(signal);
    return this.#ended;
  }
}

describe("two replicas of the token service with one Redis", () => {
  let config: ServiceConfig;
  let clientKey: KeyObject;
  let replicas: [Replica, Replica];
  let trust: RedisTrustStore;
  const sent: string[] = [];

  beforeAll(async () => {
    await redis.start();
    const ports = [await freePort(), await freePort()] as const;
    const files = await ensureLocalKeys(folder, {
      issuers: ["north", "south"].map((tenant) => ({ tenant, issuer: `https://${tenant}.school.localhost` })),
      audience: "homeroom",
      tokensPort: ports[0],
      portalPort: ports[1],
      trustStore: { url: redis.url, passwordFile: redis.passwordFile },
      embedOrigins: { https: ["https://analytics1.homeroom.localhost:8443"], http: [] },
    });
    const read = parseServiceConfig(JSON.parse(readFileSync(files.tokensConfig, "utf8")), files.tokensConfig);
    const [portal] = read.clients;
    present(portal);
    clientKey = createPrivateKey(readFileSync(join(folder, "portal", "client-key.pem")));
    config = {
      ...read,
      clients: [
        portal,
        { ...portal, id: "slow", requestsPerMinute: 2 },
        { ...portal, id: "north-only", tenants: ["north"] },
      ],
    };
    const open = (port: number): Promise<Replica> => {
      const file = join(folder, `replica-${port}.json`);
      writeFileSync(file, JSON.stringify({ ...config, port }));
      return new Replica(file).listening(port);
    };
    replicas = await Promise.all([open(ports[0]), open(ports[1])]);
    trust = new RedisTrustStore({ url: redis.url, passwordFile: redis.passwordFile });
    await trust.open();
  });

  afterAll(async () => {
    trust.close();
    await Promise.all(replicas.map((replica) => replica.end("SIGKILL")));
    await redis.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  async function assertion(id = "school-portal"): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const payload = { iss: id, sub: id, aud: config.assertionAudience, iat: now, exp: now + 60, jti: randomUUID() };
    const kid = config.clients[0]?.keys[0]?.kid ?? "";
    const signed = await new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid }).sign(clientKey);
    sent.push(signed);
    return signed;
  }

  const authenticated = async (id?: string) => ({
    client_assertion_type: clientAssertionType,
    client_assertion: await assertion(id),
  });
  const tokenBody = async (id?: string, tenant = "north") => ({
    ...(await authenticated(id)),
    tenant,
    dashboard: "student-progress",
    person: ada,
  });
  async function issue(replica: Replica, tenant = "north"): Promise<string> {
    const { token = "", message } = await replica.post("/v1/tokens", await tokenBody(undefined, tenant));
    present(token, String(message));
    sent.push(token);
    return token;
  }
  const fields = async (): Promise<string[]> =>
    (await trust.list()).entries.map(({ revocation }) => fieldOf(revocation)).toSorted();

  it("issue no token that is older than the list of revoked ones, new or just lost", async () => {
    const lists = [await trust.list()];
    const issued = [await issue(replicas[0])];
    await redis.admin((client) => client.flushDb());
    issued.push(await issue(replicas[1]));
    lists.push(await trust.list());
    for (const [turn, { minIssuedAt = Infinity }] of lists.entries()) {
      expecting(`turn ${turn}`, minIssuedAt).toBeLessThanOrEqual(decodeJwt(issued[turn] ?? "").iat ?? 0);
    }
  });

  it("begin a lost list although nobody asks", async () => {
    await redis.admin((client) => client.flushDb());
    for (let attempt = 0; (await trust.list()).minIssuedAt === undefined; attempt += 1) {
      expecting("nobody begins the list", attempt).toBeLessThan(100);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });

  it("refuse at the one what was used at the other", async () => {
    const body = await tokenBody();
    expect((await replicas[0].post("/v1/tokens", body)).status).toBe(200);
    const replayed = await replicas[1].post("/v1/tokens", body);
    expect([replayed.status, replayed.error]).toStrictEqual([401, "invalid_client"]);
    expect(replayed.message ?? "").toMatch(/used before/);
  });

  it("count a client's requests together", async () => {
    const statuses: number[] = [];
    for (const replica of [...replicas, ...replicas]) {
      statuses.push((await replica.post("/v1/tokens", await tokenBody("slow"))).status);
    }
    expect(statuses).toStrictEqual([200, 200, 429, 429]);
  });

  it("log a school, a person, a tenant and one token out for the client that owns them", async () => {
    const token = await issue(replicas[0]);
    const { status, revoked, message } = await replicas[1].post("/v1/revocations", {
      ...(await authenticated("north-only")),
      revoke: [
        { kind: "school", tenant: "north", school_id: 42 },
        { kind: "user", tenant: "north", user_id: 7 },
        { kind: "tenant", tenant: "north" },
        { kind: "token", token },
      ],
    });
    expecting(String(message), [status, revoked]).toStrictEqual([200, 4]);
    const expected = ["school:north:42", "user:north:7", "tenant:north", `jti:${decodeJwt(token).jti}`];
    expect(await fields()).toStrictEqual(expected.toSorted());
  });

  it("revoke nothing for a client that may not, and not a part of it", async () => {
    const before = await fields();
    const south = await issue(replicas[0], "south");
    const own = { kind: "tenant", tenant: "north" };
    const refused: readonly (readonly [readonly object[], number, string])[] = [
      [[own, { kind: "tenant", tenant: "south" }], 403, "tenant"],
      [[{ kind: "school", tenant: "south", school_id: 1 }], 403, "tenant"],
      [[{ kind: "user", tenant: "south", user_id: 1 }], 403, "tenant"],
      [[{ kind: "token", token: south }], 403, "tenant"],
      [[{ kind: "token", token: `${south.slice(0, -8)}AAAAAAAA` }], 400, "token"],
      [[{ kind: "token", token: "abc" }], 400, "token"],
      [[{ kind: "kid", kid: "north-key-1" }], 400, "request"],
      [[{ kind: "jti", jti: "0123456789abcdef0123" }], 400, "request"],
      [[{ kind: "school", tenant: "north", school_id: -1 }], 400, "revocation"],
      [[], 400, "request"],
    ];
    for (const [revoke, status, error] of refused) {
      const answer = await replicas[0].post("/v1/revocations", { ...(await authenticated("north-only")), revoke });
      expecting(`${JSON.stringify(revoke)} ${answer.message}`, [answer.status, answer.error]).toStrictEqual([
        status,
        error,
      ]);
    }
    const body = { ...(await authenticated()), revoke: [own] };
    expect((await replicas[0].post("/v1/revocations", body)).status).toBe(200);
    expect((await replicas[1].post("/v1/revocations", body)).status).toBe(401);
    expect(await fields()).toStrictEqual(before);
  });

  it("sign with a revoked key no more, although it is still published", async () => {
    const token = await issue(replicas[0]);
    const { keys } = await new DirectoryKeyStore(join(folder, "keys")).read();
    const kid = keys.find(({ tenants }) => tenants.includes("north"))?.kid ?? "";
    expect(token).toBeTruthy();
    await trust.revoke([{ kind: "kid", kid }], 0);
    const answer = await replicas[0].post("/v1/tokens", await tokenBody());
    expect([answer.status, answer.error]).toStrictEqual([403, "no_key"]);
    expect(await issue(replicas[0], "south")).toBeTruthy();
    await trust.lift({ kind: "kid", kid });
    expect(await issue(replicas[0])).toBeTruthy();
  });

  it("deny while the trust store is away, and serve again when it is back", async () => {
    await redis.stop();
    for (const [path, body] of [
      ["/v1/tokens", await tokenBody()],
      ["/v1/revocations", { ...(await authenticated()), revoke: [{ kind: "tenant", tenant: "north" }] }],
    ] as const) {
      const answer = await replicas[0].post(path, body);
      expect([answer.status, answer.error]).toStrictEqual([503, "trust_store"]);
    }
    expect((await fetch(`${replicas[0].base}/v1/health`)).status).toBe(200);
    await redis.start();
    for (let attempt = 0; (await replicas[0].post("/v1/tokens", await tokenBody())).status !== 200; attempt += 1) {
      expecting("the token service does not come back", attempt).toBeLessThan(50);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });

  it("end on SIGTERM with their work done and no token or assertion in the log", async () => {
    expect(await replicas[1].end("SIGTERM")).toBe(0);
    expect(replicas[0].output).toMatch(/"event":"token.issued"/);
    const isEvent = new Ajv2020.default().compile(eventsSchema);
    for (const { output } of replicas) {
      const events = output.split("\n").filter((line) => /^\{"event":"(token|revocation)\./.test(line));
      expect(events.length).toBeGreaterThan(3);
      for (const line of events)
        expecting(`${line} ${JSON.stringify(isEvent.errors)}`, isEvent(JSON.parse(line))).toBe(true);
      for (const secret of sent) expect(output).not.toContain(secret.slice(0, -10));
      for (const secret of sent) expect(output).not.toContain(secret.split(".")[2] ?? secret);
    }
  });
});
