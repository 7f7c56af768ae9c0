import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import openapi from "../../../contract/openapi.json" with { type: "json" };
import type { KeyReader } from "../keys/key-store.ts";
import { Refusal } from "../refusal.ts";
import { refusalOf } from "../revocation/refusal-of.ts";
import type { TokenIssuer } from "../minting/token-issuer.ts";
import type { TokenRevoker } from "../revocation/token-revoker.ts";

const bodyMaxBytes = 32_768;

export interface TokenServerProps {
  readonly issuer: TokenIssuer;
  readonly revoker: TokenRevoker;
  readonly keys: KeyReader;
  readonly report: (error: unknown) => void;
}

export function createTokenServer(props: TokenServerProps): Server {
  const server = createServer(
    { maxHeaderSize: 8192, requestTimeout: 10_000, headersTimeout: 5_000 },
    (request, response) => {
      answer(request, props).then(
        ({ body, headers }) => send(response, 200, body, headers),
        (error: unknown) => {
          const refusal = refusalOf(error);
          if (refusal !== undefined) {
            const { status, code, message } = refusal;
            return send(response, status, { error: code, message }, status === 413 ? { connection: "close" } : {});
          }
          props.report(error);
          return send(response, 500, {
            error: "internal",
            message: "the token service failed; its log has the reason",
          });
        },
      );
    },
  );
  server.maxConnections = 1024;
  return server;
}

interface Answer {
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function answer(request: IncomingMessage, { issuer, revoker, keys }: TokenServerProps): Promise<Answer> {
  const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
  switch (path) {
    case "/v1/tokens":
      requireMethod(request, "POST");
      requireJson(request);
      return { body: await issuer.issue(await readBody(request)) };
    case "/v1/revocations":
      requireMethod(request, "POST");
      requireJson(request);
      return { body: await revoker.revoke(await readBody(request)) };
    case "/.well-known/jwks.json":
      requireMethod(request, "GET");
      return { body: await keys.read(), headers: { "cache-control": "public, max-age=60" } };
    case "/v1/health": {
      requireMethod(request, "GET");
      const published = (await keys.read()).keys.length;
      if (published === 0) throw new Refusal(503, "no_keys", "the key store is empty; create a signing key");
      return { body: { status: "ok", keys: published } };
    }
    case "/v1/openapi.json":
      requireMethod(request, "GET");
      return { body: openapi, headers: { "cache-control": "public, max-age=3600" } };
    default:
      throw new Refusal(404, "not_found", "no such path; GET /v1/openapi.json describes those that there are");
  }
}

function requireMethod(request: IncomingMessage, method: string): void {
  if (request.method !== method)
    throw new Refusal(405, "method", `${request.method} is not served here; use ${method}`);
}

function requireJson(request: IncomingMessage): void {
  const type = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new Refusal(415, "content_type", "send application/json");
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyMaxBytes) throw new Refusal(413, "body_size", `the body has more than ${bodyMaxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...headers,
  });
  response.end(JSON.stringify(body));
}
