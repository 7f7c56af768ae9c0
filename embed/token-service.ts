import { createPrivateKey, createPublicKey, type KeyObject, randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { clientAssertionType } from "../contract/index.ts";
import { thumbprint } from "../runtime/tokens/keys/signing-key.ts";
import { EmbedError } from "./embed-error.ts";
import { checkRequest, type Embed, type EmbedRequest, type Homeroom } from "./homeroom.ts";

/** Where the token service is, and who asks it. */
export interface TokenServiceProps {
  /** Where the token service answers, without a path. */
  readonly url: string;
  /** Name under which this backend is registered as a client. */
  readonly clientId: string;
  /** PKCS#8 PEM, or a key object; its public half is registered with the token service. */
  readonly clientKey: string | KeyObject;
  /** Name under which the public half is registered. @default its RFC 7638 thumbprint */
  readonly clientKeyId?: string;
  /** The `aud` that the service expects. @default `${url}/v1/tokens` */
  readonly assertionAudience?: string;
  /** Time for one attempt, in milliseconds. @default 5000 */
  readonly timeoutMs?: number;
  /** How often a request is sent before it fails as `unreachable`. @default 3 */
  readonly attempts?: number;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds: number;
}

/** A proxy that found nobody behind it; the service itself answers 500 when it fails. */
const passing = new Set([429, 502, 503, 504]);
const firstPauseMs = 200;
const longestPauseMs = 3000;

/**
 * Asks Homeroom's token service, as a client that proves itself by private-key JWT (RFC 7523). Throws when `clientKey`
 * is no private key.
 */
export function tokenService(props: TokenServiceProps): Homeroom {
  const key = typeof props.clientKey === "string" ? createPrivateKey(props.clientKey) : props.clientKey;
  const { n = "", e = "" } = createPublicKey(key).export({ format: "jwk" });
  const client = { key, kid: props.clientKeyId ?? thumbprint({ e, kty: "RSA", n }) };
  return { embed: (request) => ask(request, props, client) };
}

interface ClientKey {
  readonly key: KeyObject;
  readonly kid: string;
}

async function ask(request: EmbedRequest, props: TokenServiceProps, client: ClientKey): Promise<Embed> {
  checkRequest(request);
  const endpoint = new URL("/v1/tokens", props.url).href;
  const attempts = props.attempts ?? 3;
  for (let attempt = 1; ; attempt += 1) {
    // Each assertion is good once, so a repeated request carries a new one.
    const answer = await post(endpoint, await body(request, endpoint, props, client), props.timeoutMs ?? 5000).catch(
      (error: unknown) => error,
    );
    const isLast = attempt >= attempts;
    if (isAnswer(answer)) {
      if (answer.status === 200) return read(answer, endpoint);
      if (isLast || !passing.has(answer.status)) throw refusal(answer, endpoint);
    } else if (isLast) {
      throw new EmbedError({
        code: "unreachable",
        message: `${endpoint} gave no answer in ${attempts} attempts: ${reason(answer)}`,
        cause: answer,
      });
    }
    const wait = isAnswer(answer) ? answer.retryAfterSeconds * 1000 : 0;
    const pause = Math.min(longestPauseMs, Math.max(wait, firstPauseMs * 3 ** (attempt - 1)));
    await new Promise((wake) => setTimeout(wake, pause * (0.5 + Math.random() / 2)));
  }
}

async function body(
  { person, tenant, dashboard, lifetimeSeconds, transport }: EmbedRequest,
  endpoint: string,
  props: TokenServiceProps,
  { key, kid }: ClientKey,
): Promise<string> {
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg: "RS256", kid })
    .setIssuer(props.clientId)
    .setSubject(props.clientId)
    .setAudience(props.assertionAudience ?? endpoint)
    .setIssuedAt()
    .setExpirationTime("1m")
    .setJti(randomUUID())
    .sign(key);
  return JSON.stringify({
    client_assertion_type: clientAssertionType,
    client_assertion: assertion,
    tenant,
    dashboard,
    person,
    ...(lifetimeSeconds === undefined ? {} : { lifetime_seconds: lifetimeSeconds }),
    ...(transport === undefined ? {} : { transport }),
  });
}

async function post(endpoint: string, text: string, timeoutMs: number): Promise<Answer> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: text,
    redirect: "error",
    signal: AbortSignal.timeout(timeoutMs),
  });
  const content = await response.text();
  const retryAfter = Number(response.headers.get("retry-after"));
  return {
    status: response.status,
    body: parsed(content),
    retryAfterSeconds: Number.isFinite(retryAfter) ? Math.max(0, retryAfter) : 0,
  };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const isAnswer = (value: unknown): value is Answer =>
  typeof value === "object" && value !== null && "status" in value && "retryAfterSeconds" in value;

function read({ body: answer, status }: Answer, endpoint: string): Embed {
  const { token, expires_at, embed_url, embed_origin, embedded_uuid } = answer;
  if (
    typeof token === "string" &&
    typeof expires_at === "number" &&
    typeof embed_url === "string" &&
    typeof embed_origin === "string" &&
    typeof embedded_uuid === "string"
  ) {
    return {
      token,
      expiresAt: expires_at,
      embedUrl: embed_url,
      embedOrigin: embed_origin,
      embeddedUuid: embedded_uuid,
    };
  }
  throw new EmbedError({ code: "broken", status, message: `${endpoint} answered ${status} without a token` });
}

function refusal({ status, body: answer }: Answer, endpoint: string): EmbedError {
  const said = typeof answer["message"] === "string" ? answer["message"] : "no reason given";
  const message = `${endpoint} answered ${status}: ${said}`;
  if (status === 400 || status === 413) return new EmbedError({ code: "claims", status, message });
  if (status === 401 || status === 403) return new EmbedError({ code: "refused", status, message });
  return new EmbedError({ code: passing.has(status) ? "unreachable" : "broken", status, message });
}

/** fetch hides what happened in its cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}
