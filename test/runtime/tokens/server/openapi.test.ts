import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import Ajv2020 from "ajv/dist/2020.js";
import vectors from "../../../../contract/vectors/claims.json" with { type: "json" };
import { claimProblems } from "../../../../runtime/tokens/claims/claims.ts";
import openapi from "../../../../contract/openapi.json" with { type: "json" };
import { openapiFile, openapiText } from "../../../../runtime/tokens/server/openapi.ts";
import { root } from "../../../support/workshop.ts";
import { conforms } from "./conforms.ts";
import { expecting } from "../../../support/expecting.ts";

const { person } = openapi.components.schemas.TokenRequest.properties;
const personClaims = Object.keys(person.properties);
const isPerson = new Ajv2020.default({ strict: false, formats: { uuid: true } }).compile(person);

/** Returns the claims of a token that a host product gives of the person. */
function personOf(claims: unknown): unknown {
  if (typeof claims !== "object" || claims === null || Array.isArray(claims)) return claims;
  return Object.fromEntries(Object.entries(claims).filter(([name]) => personClaims.includes(name)));
}

/** Tells whether this claim is wrong; half a character is wrong in no schema. */
const isWrong = (claims: unknown, name: string): boolean =>
  claimProblems(claims).some((problem) => problem.startsWith(name) && !problem.includes("half a character"));

describe("the token service's OpenAPI document", () => {
  it("is what the schemas say", () => {
    expecting("run npm run openapi:write", readFileSync(openapiFile, "utf8")).toBe(openapiText());
  });

  it("knows every refusal of the code", () => {
    const folder = join(root, "runtime/tokens");
    const codes = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .flatMap((name) => [
        ...readFileSync(join(folder, name), "utf8").matchAll(/new Refusal\(\s*(\d{3}),\s*"([a-z_]+)"/g),
      ])
      .map(([, status, code]) => `${status} ${code}`);
    expect(codes.length).toBeGreaterThan(10);
    const described = new Set(
      Object.values(openapi.paths)
        .flatMap((path) =>
          Object.values(path as Record<string, { responses: Record<string, { description: string }> }>),
        )
        .flatMap(({ responses }) => Object.entries(responses))
        .flatMap(([status, { description }]) =>
          [...description.matchAll(/`([a-z_]+)`:/g)].map(([, code]) => `${status} ${code}`),
        ),
    );
    const missing = codes.filter((code) => !described.has(code) && code !== "404 not_found");
    expect(missing).toStrictEqual([]);
  });

  it("judges a person's claims as the vectors do", () => {
    expect(vectors.accepted.filter(({ claims }) => !isPerson(personOf(claims))).map(({ name }) => name)).toStrictEqual(
      [],
    );
    const told = vectors.refused.filter(({ claims }) => personClaims.some((name) => isWrong(claims, name)));
    expect(told.length).toBeGreaterThan(100);
    expect(told.filter(({ claims }) => isPerson(personOf(claims))).map(({ name }) => name)).toStrictEqual([]);
  });

  it("says what each claim means, and its bounds", () => {
    const { person, tenant, dashboard } = openapi.components.schemas.TokenRequest.properties;
    expect(Object.entries(person.properties).filter(([, schema]) => schema.description.length < 10)).toStrictEqual([]);
    expect([tenant.maxLength, dashboard.maxLength]).toStrictEqual([32, 64]);
    expect(JSON.stringify(person)).not.toMatch(/"\$ref"|"x-|\(\?!/);
  });

  it("is a test that can fail", () => {
    expect(() => conforms("POST", "/v1/tokens", 200, { token: "x" })).toThrow();
    expect(() => conforms("POST", "/v1/tokens", 401, { error: "tenant", message: "x" })).toThrow();
    expect(() => conforms("POST", "/v1/tokens", 418, { error: "request", message: "x" })).toThrow();
    expect(() => conforms("GET", "/elsewhere", 404, { error: "surprise", message: "x" })).toThrow();
  });
});
