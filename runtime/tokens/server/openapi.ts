// `npm run openapi:write` writes contract/openapi.json, which the token service serves at GET /v1/openapi.json.
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { requestSchemasOf } from "../../../contract/generator/json-schema.ts";
import { claimsSchema, platform } from "../../../contract/index.ts";
import { health } from "./health.ts";
import { madeRevocations, revocationRequest } from "../revocation/revocation-request.ts";
import { jwksFile } from "../keys/signing-key.ts";
import { issuedToken, tokenRequest } from "../minting/token-request.ts";

/** The codes of refused requests, each with its HTTP status and its meaning. An answer carries its code in `error`. */
const refusals = {
  json: [400, "the body is no JSON"],
  request: [400, "a member is missing, unknown or of a wrong type"],
  claims: [400, "the claims break contract/claims.schema.json; the message names each"],
  lifetime: [400, "lifetime_seconds is out of range"],
  token_size: [400, `the token would have more than ${platform.limits.tokenMaxBytes} bytes`],
  transport: [400, "plain HTTP is not served here"],
  dashboard: [[400, 403], "no dashboard is called so, or the client may not issue for it"],
  token: [400, "the token to revoke is none of ours"],
  revocation: [400, "an identifier is out of range, or the list of revocations is full"],
  invalid_client: [401, "the client assertion is not accepted, or was used before"],
  tenant: [403, "the client may not act for this tenant"],
  role: [403, "the client may not issue for this role"],
  no_key: [403, "no active key may sign for this tenant"],
  not_found: [404, "no such path"],
  method: [405, "the path takes another method"],
  body_size: [413, "the body is too large"],
  content_type: [415, "send application/json"],
  rate: [429, "the client asks too often; the message tells how long to wait"],
  internal: [500, "a fault of ours; the service's log has the reason"],
  no_keys: [503, "there is no signing key yet"],
  no_private_key: [503, "the active key's private half is not here"],
  trust_store: [503, "the trust store does not answer; try again in a few seconds"],
} as const;

type Code = keyof typeof refusals;

const commonCodes: readonly Code[] = ["method", "internal"];
const bodyCodes: readonly Code[] = [
  ...commonCodes,
  "json",
  "request",
  "invalid_client",
  "tenant",
  "body_size",
  "content_type",
  "rate",
  "trust_store",
];

const schemaOf = (schema: z.core.$ZodType, io: "input" | "output"): Record<string, unknown> => {
  const described: Record<string, unknown> = { ...z.toJSONSchema(schema, { io }) };
  delete described["$schema"];
  return described;
};

/** Returns the shape of a request for a token; its claims have the bounds of claims.schema.json. */
function tokenRequestSchema(): Record<string, unknown> {
  const request = schemaOf(tokenRequest, "input");
  const properties = request["properties"] as Record<string, unknown>;
  return { ...request, properties: { ...properties, ...requestSchemasOf(claimsSchema) } };
}

const jsonContent = (name: string) => ({
  "application/json": { schema: { $ref: `#/components/schemas/${name}` } },
});

function answers(codes: readonly Code[], success: { name: string; description: string }): Record<string, unknown> {
  const statuses = new Map<number, Code[]>();
  for (const code of codes) {
    for (const status of [refusals[code][0]].flat()) statuses.set(status, [...(statuses.get(status) ?? []), code]);
  }
  const refused = [...statuses]
    .sort(([left], [right]) => left - right)
    .map(([status, statusCodes]): [string, unknown] => [
      String(status),
      {
        description: statusCodes.map((code) => `\`${code}\`: ${refusals[code][1]}`).join("; "),
        content: {
          "application/json": {
            schema: {
              allOf: [{ $ref: "#/components/schemas/Error" }, { properties: { error: { enum: statusCodes } } }],
            },
          },
        },
      },
    ]);
  return {
    "200": { description: success.description, content: jsonContent(success.name) },
    ...Object.fromEntries(refused),
  };
}

const errorBody = z.strictObject({
  error: z.enum(Object.keys(refusals) as [Code, ...Code[]]),
  message: z.string().min(1),
});

export function openapi() {
  return {
    openapi: "3.1.0",
    info: {
      title: "Homeroom token service",
      version: "1",
      description:
        "Issues and revokes tokens of embedded dashboards. A host backend says who it is by a private-key JWT (RFC 7523): iss and sub are its client id, " +
        "aud the service's assertion audience, exp at most 300 s after iat, and a jti that is good once.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    paths: {
      "/v1/tokens": {
        post: {
          operationId: "issueToken",
          summary: "A token for one person and one dashboard, and the address that opens it",
          requestBody: { required: true, content: jsonContent("TokenRequest") },
          responses: answers(
            [
              ...bodyCodes,
              "claims",
              "lifetime",
              "token_size",
              "transport",
              "dashboard",
              "role",
              "no_key",
              "no_private_key",
            ],
            {
              name: "IssuedToken",
              description: "The token; embed_url carries it to a host that stays the same for this dashboard",
            },
          ),
        },
      },
      "/v1/revocations": {
        post: {
          operationId: "revokeTokens",
          summary: "Ends tokens of the client's own tenants: one, a person's, a school's or a tenant's",
          requestBody: { required: true, content: jsonContent("RevocationRequest") },
          responses: answers([...bodyCodes, "token", "revocation"], {
            name: "MadeRevocations",
            description: "All of them are written; from effective_at on no verifier accepts what was revoked",
          }),
        },
      },
      "/.well-known/jwks.json": {
        get: {
          operationId: "readKeys",
          summary: "The public keys, each with its issuer, its tenants and its time",
          responses: answers(commonCodes, { name: "Jwks", description: "The published keys" }),
        },
      },
      "/v1/health": {
        get: {
          operationId: "readHealth",
          summary: "Whether tokens can be signed",
          responses: answers([...commonCodes, "no_keys"], { name: "Health", description: "Keys are published" }),
        },
      },
      "/v1/openapi.json": {
        get: {
          operationId: "readDescription",
          summary: "This document",
          responses: answers(commonCodes, { name: "Description", description: "An OpenAPI document" }),
        },
      },
    },
    components: {
      schemas: {
        TokenRequest: tokenRequestSchema(),
        IssuedToken: schemaOf(issuedToken, "output"),
        RevocationRequest: schemaOf(revocationRequest, "input"),
        MadeRevocations: schemaOf(madeRevocations, "output"),
        Jwks: schemaOf(jwksFile, "output"),
        Health: schemaOf(health, "output"),
        Description: { type: "object", required: ["openapi", "info", "paths"] },
        Error: schemaOf(errorBody, "output"),
      },
    },
  };
}

export const openapiFile = new URL("../../../contract/openapi.json", import.meta.url);
export const openapiText = (): string => `${JSON.stringify(openapi(), null, 2)}\n`;

if (process.argv[1] === import.meta.filename) writeFileSync(openapiFile, openapiText());
