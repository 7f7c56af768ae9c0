import { createPrivateKey, randomUUID, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { SignJWT } from "jose";

export interface HomeroomProps {
  readonly tokensUrl: string;
  readonly assertionAudience: string;
  readonly clientId: string;
  /** Name under which the token service knows the public half. */
  readonly clientKeyId: string;
  readonly clientKeyFile: string;
}

export interface Person {
  readonly user_id: number;
  readonly username: string;
  readonly email: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly role: "principal" | "teacher" | "student";
  readonly school_id: number;
  readonly class_ids?: readonly number[];
  readonly student_id?: number;
}

export interface EmbedRequest {
  readonly tenant: string;
  readonly dashboard: string;
  readonly person: Person;
  readonly transport: "https" | "http";
}

export interface Embed {
  readonly token: string;
  readonly expires_at: number;
  readonly embed_url: string;
  readonly embed_origin: string;
  readonly embedded_uuid: string;
}

/** Everything that a host product's backend needs: it proves who it is and says who looks at what. */
export class Homeroom {
  readonly #props: HomeroomProps;
  readonly #key: KeyObject;

  constructor(props: HomeroomProps) {
    this.#props = props;
    this.#key = createPrivateKey(readFileSync(props.clientKeyFile));
  }

  async embed(request: EmbedRequest): Promise<Embed> {
    const response = await fetch(`${this.#props.tokensUrl}/v1/tokens`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        ...request,
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: await this.#assertion(),
      }),
      signal: AbortSignal.timeout(5000),
    });
    const answer = (await response.json()) as Embed & { message?: string };
    if (!response.ok) throw new Error(`Homeroom answered ${response.status}: ${answer.message ?? "no reason"}`);
    return answer;
  }

  #assertion(): Promise<string> {
    return new SignJWT()
      .setProtectedHeader({ alg: "RS256", kid: this.#props.clientKeyId })
      .setIssuer(this.#props.clientId)
      .setSubject(this.#props.clientId)
      .setAudience(this.#props.assertionAudience)
      .setIssuedAt()
      .setExpirationTime("1m")
      .setJti(randomUUID())
      .sign(this.#key);
  }
}
