import { createHash } from "node:crypto";
import type { ClientAssertions } from "../client-assertion.ts";
import { embedOrigin, embedUrl } from "./embed-url.ts";
import type { KeyReader } from "../keys/key-store.ts";
import { mintToken } from "./mint.ts";
import { Refusal } from "../refusal.ts";
import { refusalOf } from "../revocation/refusal-of.ts";
import { parseBody } from "../request-body.ts";
import type { ClientConfig, ServiceConfig } from "../service-config.ts";
import { eventTime, type Recorder, type TokenEvent } from "../token-event.ts";
import { type IssuedToken, tokenRequest, type TokenRequest } from "./token-request.ts";
import type { TrustStore } from "../revocation/trust-store.ts";

export interface TokenIssuerProps {
  readonly config: ServiceConfig;
  readonly assertions: ClientAssertions;
  readonly keys: KeyReader;
  readonly trust: TrustStore;
  /** Seconds since 1970, fractions included. */
  readonly clock: () => number;
  readonly record: Recorder;
}

export class TokenIssuer {
  readonly #props: TokenIssuerProps;

  constructor(props: TokenIssuerProps) {
    this.#props = props;
  }

  async issue(body: string): Promise<IssuedToken> {
    const { assertions, clock, record } = this.#props;
    const time = eventTime(clock());
    let client: ClientConfig | undefined;
    let request: TokenRequest | undefined;
    try {
      request = parseBody(tokenRequest, body);
      client = await assertions.verify(request.client_assertion, Math.floor(clock()));
      return await this.#issue(client, request, time);
    } catch (error) {
      const refusal = refusalOf(error);
      record({
        event: "token.refused",
        time,
        ...(client === undefined ? {} : { client: client.id }),
        ...(client === undefined || request === undefined ? {} : requestedScope(request)),
        code: refusal?.code ?? "internal",
        reason: refusal?.message ?? "internal error",
      });
      throw error;
    }
  }

  async #issue(client: ClientConfig, request: TokenRequest, time: string): Promise<IssuedToken> {
    const { config, keys, trust, record } = this.#props;
    const wait = await trust.take(client.id, client.requestsPerMinute);
    if (wait > 0)
      throw new Refusal(
        429,
        "rate",
        `client ${client.id} may ask ${client.requestsPerMinute} times a minute; try again in ${wait} s`,
      );
    requireAllowed(client, "tenant", request.tenant, client.tenants);
    requireAllowed(client, "role", request.person.role, client.roles);
    requireAllowed(client, "dashboard", request.dashboard, client.dashboards);
    const origins = config.embedOrigins[request.transport];
    if (origins === undefined || origins.length === 0) {
      throw new Refusal(400, "transport", "transport http is not served here; ask for https");
    }
    const dashboard = config.dashboards[request.dashboard];
    if (dashboard === undefined)
      throw new Refusal(400, "dashboard", `no dashboard is called ${JSON.stringify(request.dashboard)}`);
    // A revocation list that began after the token's `iat` would refuse the token.
    await trust.begin(this.#props.clock());
    const { token, claims, kid } = await mintToken(
      {
        person: request.person,
        tenant: request.tenant,
        dashboard: request.dashboard,
        lifetime: request.lifetime_seconds,
      },
      {
        keys,
        // A mounted key set is re-read slowly, so the trust store is the first to know that a key was revoked.
        revokedKids: await trust.revokedKids((await keys.read()).keys.map((key) => key.kid)),
        audience: config.audience,
        now: Math.floor(this.#props.clock()),
      },
    );
    record({
      event: "token.issued",
      time,
      client: client.id,
      ...requestedScope(request),
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

function requireAllowed(client: ClientConfig, what: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new Refusal(
    403,
    what,
    `client ${client.id} may not issue for ${what} ${JSON.stringify(value)}; allowed: ${allowed.join(", ")}`,
  );
}

function requestedScope({ tenant, dashboard, person }: TokenRequest): Partial<TokenEvent> {
  return { tenant, role: person.role, school_id: person.school_id, dashboard };
}
