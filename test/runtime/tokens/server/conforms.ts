import Ajv2020, { type ValidateFunction } from "ajv/dist/2020.js";
import openapi from "../../../../contract/openapi.json" with { type: "json" };
import { expecting } from "../../../support/expecting.ts";

const ajv = new Ajv2020.default({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(openapi, "openapi");
const compiled = new Map<string, ValidateFunction>();

const pointer = (...parts: readonly string[]): string =>
  parts.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

/** Fails unless the document describes such an answer; another path or method has the general error alone. */
export function conforms(method: string, path: string, status: number, body: unknown): void {
  const paths: Readonly<Record<string, object>> = openapi.paths;
  const verb = method.toLowerCase();
  // A method that the path does not have is answered with what the path says of it.
  const operation = Object.hasOwn(paths, path) ? Object.keys(paths[path] ?? {})[0] : undefined;
  const place =
    operation === undefined
      ? "/components/schemas/Error"
      : pointer("paths", path, operation, "responses", String(status), "content", "application/json", "schema");
  const validate = compiled.get(place) ?? ajv.compile({ $ref: `openapi#${place}` });
  compiled.set(place, validate);
  expecting(
    `${verb} ${path} ${status}: ${JSON.stringify(body)} ${JSON.stringify(validate.errors)}`,
    validate(body),
  ).toBe(true);
}
