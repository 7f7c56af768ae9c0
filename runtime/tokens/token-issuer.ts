import { createHash } from "node:crypto";
import { ClientAssertions } from "./client-assertion.ts";
import { embedOrigin, embedUrl } from "./embed-url.ts";
import type { KeyStore } from "./key-store.ts";
import { mintToken } from "./mint.ts";
import { RateLimit } from "./rate-limit.ts";
import { Refusal } from "./refusal.ts";
import type { ClientConfig, ServiceConfig } from "./service-config.ts";
import { parseTokenRequest, type TokenRequest } from "./token-request.ts";

/** What is kept of an issuance or a refusal; the token itself never is. */
export interface TokenEvent {
  readonly event: "token.issued" | "token.refused";
  readonly time: string;
  readonly client?: string;
  readonly tenant?: string;
  readonly role?: string;
  readonly school_id?: number;
  readonly user_id?: number;
  readonly dashboard?: string;
  readonly kid?: string;
  readonly jti?: string;
  readonly exp?: number;
  readonly token_sha256?: string;
  readonly code?: string;
  readonly reason?: string;
}

export interface IssuedToken {
  readonly token: string;
  readonly expires_at: number;
  readonly embed_url: string;
  readonly embed_origin: string;
  readonly embedded_uuid: string;
}

export interface TokenIssuerProps {
  readonly config: ServiceConfig;
  readonly keys: KeyStore;
  /** Seconds since 1970, fractions included. */
  readonly clock: () => number;
  readonly record: (event: TokenEvent) => void;
}

export class TokenIssuer {
  readonly #props: TokenIssuerProps;
  readonly #assertions: ClientAssertions;
  readonly #rates = new RateLimit();

  constructor(props: TokenIssuerProps) {
    this.#props = props;
    this.#assertions = new ClientAssertions(props.config.clients, props.config.assertionAudience);
  }

  async issue(body: string): Promise<IssuedToken> {
    const time = new Date(this.#props.clock() * 1000).toISOString();
    let client: ClientConfig | undefined;
    let request: TokenRequest | undefined;
    try {
      request = parseTokenRequest(body);
      client = await this.#assertions.verify(request.client_assertion, Math.floor(this.#props.clock()));
      return await this.#issue(client, request, time);
    } catch (error) {
      this.#props.record({
        event: "token.refused",
        time,
        ...(client === undefined ? {} : { client: client.id }),
        ...(client === undefined || request === undefined ? {} : asked(request)),
        code: error instanceof Refusal ? error.code : "internal",
        reason: error instanceof Refusal ? error.message : "internal error",
      });
      throw error;
    }
  }

  async #issue(client: ClientConfig, request: TokenRequest, time: string): Promise<IssuedToken> {
    const { config, keys, record } = this.#props;
    const now = this.#props.clock();
    const wait = this.#rates.take(client.id, client.requestsPerMinute, now);
    if (wait > 0)
      throw new Refusal(
        429,
        "rate",
        `client ${client.id} may ask ${client.requestsPerMinute} times a minute; try again in ${wait} s`,
      );
    allow(client, "tenant", request.tenant, client.tenants);
    allow(client, "role", request.person.role, client.roles);
    allow(client, "dashboard", request.dashboard, client.dashboards);
    const origins = config.embedOrigins[request.transport];
    if (origins === undefined || origins.length === 0) {
      throw new Refusal(400, "transport", "transport http is not served here; ask for https");
    }
    const dashboard = config.dashboards[request.dashboard];
    if (dashboard === undefined)
      throw new Refusal(400, "dashboard", `no dashboard is called ${JSON.stringify(request.dashboard)}`);
    const { token, claims, kid } = await mintToken(
      {
        person: request.person,
        tenant: request.tenant,
        dashboard: request.dashboard,
        lifetime: request.lifetime_seconds,
      },
      { keys, audience: config.audience, now: Math.floor(now) },
    );
    record({
      event: "token.issued",
      time,
      client: client.id,
      ...asked(request),
      kid,
      jti: claims.jti,
      exp: claims.exp,
      token_sha256: createHash("sha256").update(token).digest("hex"),
    });
    const origin = embedOrigin(origins, request.tenant, request.dashboard);
    return {
      token,
      expires_at: claims.exp,
      embed_url: embedUrl(origin, request.dashboard, token),
      embed_origin: origin,
      embedded_uuid: dashboard.embedded_uuid,
    };
  }
}

function asked(request: TokenRequest): Partial<TokenEvent> {
  const { tenant, dashboard, person } = request;
  return { tenant, role: person.role, school_id: person.school_id, user_id: person.user_id, dashboard };
}

function allow(client: ClientConfig, what: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new Refusal(
    403,
    what,
    `client ${client.id} may not issue for ${what} ${JSON.stringify(value)}; allowed: ${allowed.join(", ")}`,
  );
}
