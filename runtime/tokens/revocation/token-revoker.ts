import { createPublicKey } from "node:crypto";
import { decodeProtectedHeader, errors, jwtVerify } from "jose";
import { platform } from "../../../contract/index.ts";
import { isClaims } from "../claims/claims.ts";
import type { ClientAssertions } from "../client-assertion.ts";
import type { KeyReader } from "../keys/key-store.ts";
import { Refusal } from "../refusal.ts";
import { refusalOf } from "./refusal-of.ts";
import { parseBody } from "../request-body.ts";
import { tokenFormProblem } from "../claims/token-form.ts";
import { type Revocation, toldField } from "./revocation.ts";
import { type RequestedRevocation, type MadeRevocations, revocationRequest } from "./revocation-request.ts";
import type { ClientConfig } from "../service-config.ts";
import { eventTime, type Recorder } from "../token-event.ts";
import type { TrustStore } from "./trust-store.ts";

export interface TokenRevokerProps {
  readonly assertions: ClientAssertions;
  readonly keys: KeyReader;
  readonly trust: TrustStore;
  /** Seconds since 1970, fractions included. */
  readonly clock: () => number;
  readonly record: Recorder;
}

/** Revokes tokens for the client that could have issued them: one token, or those of a person, a school or a tenant. */
export class TokenRevoker {
  readonly #props: TokenRevokerProps;

  constructor(props: TokenRevokerProps) {
    this.#props = props;
  }

  async revoke(body: string): Promise<MadeRevocations> {
    const { assertions, clock, record, trust } = this.#props;
    const time = eventTime(clock());
    let client: ClientConfig | undefined;
    try {
      const request = parseBody(revocationRequest, body);
      client = await assertions.verify(request.client_assertion, Math.floor(clock()));
      // Revocations have a rate limit of their own: a client that has used up its tokens can still log people out.
      const wait = await trust.take(`${client.id}:revoke`, client.requestsPerMinute);
      if (wait > 0) throw new Refusal(429, "rate", `client ${client.id} revokes too often; try again in ${wait} s`);
      const revocations = await Promise.all(request.revoke.map((asked) => this.#authorise(asked, client)));
      const at = Math.floor(clock());
      await trust.revoke(revocations, at);
      record({ event: "revocation.made", time, client: client.id, revoked: revocations.map(toldField) });
      return { revoked: revocations.length, effective_at: Math.ceil(clock()) + platform.trustStore.staleSeconds };
    } catch (error) {
      const refusal = refusalOf(error);
      record({
        event: "revocation.refused",
        time,
        ...(client === undefined ? {} : { client: client.id }),
        code: refusal?.code ?? "internal",
        reason: refusal?.message ?? "internal error",
      });
      throw error;
    }
  }

  async #authorise(asked: RequestedRevocation, client: ClientConfig | undefined): Promise<Revocation> {
    const { tenant, revocation } =
      asked.kind === "token" ? await this.#verifyShownToken(asked.token) : { tenant: asked.tenant, revocation: asked };
    if (client?.tenants.includes(tenant) === true) return revocation;
    throw new Refusal(403, "tenant", `client ${client?.id} may not revoke for tenant ${JSON.stringify(tenant)}`);
  }

  /**
   * Verifies the signature of the token that the client sent. An expired token is accepted, because revoking it is
   * harmless.
   */
  async #verifyShownToken(token: string): Promise<{ tenant: string; revocation: Revocation }> {
    if (tokenFormProblem(token) !== undefined) throw new Refusal(400, "token", "the token is none of ours");
    try {
      const { kid } = decodeProtectedHeader(token);
      const key = (await this.#props.keys.read()).keys.find((candidate) => candidate.kid === kid);
      if (key === undefined) throw new Refusal(400, "token", "the token is not signed by a published key");
      const { payload } = await jwtVerify(token, createPublicKey({ key, format: "jwk" }), {
        algorithms: ["RS256"],
        clockTolerance: platform.limits.tokenMaxAgeSeconds * 24,
      });
      if (!isClaims(payload) || !key.tenants.includes(payload.tenant)) {
        throw new Refusal(400, "token", "the token is none of ours");
      }
      return { tenant: payload.tenant, revocation: { kind: "jti", jti: payload.jti } };
    } catch (error) {
      if (!(error instanceof errors.JOSEError || error instanceof TypeError)) throw error;
      throw new Refusal(400, "token", "the token is none of ours");
    }
  }
}
