import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import openapi from "../../../../contract/openapi.json" with { type: "json" };
import { openapiFile, openapiText } from "../../../../runtime/tokens/server/openapi.ts";
import { root } from "../../../support/workshop.ts";
import { conforms } from "./conforms.ts";
import { expecting } from "../../../support/expecting.ts";

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

  it("is a test that can fail", () => {
    expect(() => conforms("POST", "/v1/tokens", 200, { token: "x" })).toThrow();
    expect(() => conforms("POST", "/v1/tokens", 401, { error: "tenant", message: "x" })).toThrow();
    expect(() => conforms("POST", "/v1/tokens", 418, { error: "request", message: "x" })).toThrow();
    expect(() => conforms("GET", "/elsewhere", 404, { error: "surprise", message: "x" })).toThrow();
  });
});
