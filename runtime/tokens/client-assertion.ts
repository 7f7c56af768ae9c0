import { createPublicKey } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from "jose";
import { platform } from "../../contract/index.ts";
import { tokenFormProblem } from "./claims/token-form.ts";
import { Refusal } from "./refusal.ts";
import type { ClientConfig } from "./service-config.ts";

export const assertionMaxAgeSeconds = 300;
const skew = platform.limits.clockSkewSeconds;

const refuse = (message: string): Refusal => new Refusal(401, "invalid_client", message);

/** The part of the trust store that assertions need; it is shared by all replicas. */
interface UsedAssertions {
  /** Returns true for the first caller of a name. The name is free again after `seconds`. */
  useOnce(name: string, seconds: number): Promise<boolean>;
}

/**
 * Authenticates host backends by private-key JWT (RFC 7523). An assertion is valid for five minutes at most and is
 * accepted once by all replicas together.
 */
export class ClientAssertions {
  readonly #clients: ReadonlyMap<string, ClientConfig>;
  readonly #audience: string;
  readonly #used: UsedAssertions;

  constructor(clients: readonly ClientConfig[], audience: string, used: UsedAssertions) {
    this.#clients = new Map(clients.map((client) => [client.id, client]));
    this.#audience = audience;
    this.#used = used;
  }

  async verify(assertion: string, now: number): Promise<ClientConfig> {
    const problem = tokenFormProblem(assertion);
    if (problem !== undefined) throw refuse(`client_assertion is no JWT: ${problem}`);
    const { client, kid } = this.#claimedClient(assertion);
    const jwk = client.keys.find((key) => key.kid === kid);
    if (jwk === undefined) throw refuse(`client ${client.id} has no registered key ${JSON.stringify(kid)}`);
    const { payload } = await jwtVerify(assertion, createPublicKey({ key: jwk, format: "jwk" }), {
      algorithms: ["RS256"],
      audience: this.#audience,
      issuer: client.id,
      subject: client.id,
      clockTolerance: skew,
      currentDate: new Date(now * 1000),
      requiredClaims: ["exp", "iat", "jti"],
    }).catch((error: unknown) => {
      if (error instanceof errors.JOSEError) throw refuse(`client assertion: ${error.message}`);
      throw error;
    });
    const { exp = 0, iat = 0, jti } = payload;
    if (typeof payload.aud !== "string") throw refuse("client assertion: aud must be one string");
    if (exp - iat > assertionMaxAgeSeconds || exp > now + assertionMaxAgeSeconds + skew) {
      throw refuse(`client assertion: exp must be at most ${assertionMaxAgeSeconds} s after iat`);
    }
    if (typeof jti !== "string" || jti.length < 16 || jti.length > 128) {
      throw refuse("client assertion: jti must be a text of 16 to 128 characters");
    }
    if (!(await this.#used.useOnce(`${client.id}:${jti}`, exp + skew - now))) {
      throw refuse("client assertion: jti was used before; sign a new assertion for each request");
    }
    return client;
  }

  #claimedClient(assertion: string): { client: ClientConfig; kid: string | undefined } {
    try {
      const { iss } = decodeJwt(assertion);
      const { kid } = decodeProtectedHeader(assertion);
      const client = iss === undefined ? undefined : this.#clients.get(iss);
      if (client !== undefined) return { client, kid };
    } catch (error) {
      if (!(error instanceof errors.JOSEError || error instanceof TypeError)) throw error;
      throw refuse("client_assertion is no JWT");
    }
    throw refuse("client assertion: iss names no registered client");
  }
}
