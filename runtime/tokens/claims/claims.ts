import type { ErrorObject } from "ajv";
import { type Claims, claimsSchema } from "../../../contract/index.ts";
import { validateClaims } from "./claims-validator.ts";

/** Lists the problems of a set of claims, each with the name of its claim; empty when the claims are valid. */
export function claimProblems(value: unknown): string[] {
  if (validateClaims(value)) return loneSurrogateProblems(value, "");
  const role = typeof value === "object" && value !== null && "role" in value ? value.role : undefined;
  return [...new Set((validateClaims.errors ?? []).filter((error) => isRelevant(error, role)).map(describe))];
}

export function isClaims(value: unknown): value is Claims {
  return validateClaims(value) && loneSurrogateProblems(value, "").length === 0;
}

/** Matches a lone surrogate, by the flag u. Text that holds one is not valid Unicode, and databases refuse it. */
const loneSurrogate = /\p{Surrogate}/u;

function loneSurrogateProblems(value: unknown, path: string): string[] {
  if (typeof value === "string") {
    return loneSurrogate.test(value) ? [`${path}: holds half a character, a lone surrogate; correct the text`] : [];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = path === "" ? name : `${path}.${name}`;
    return [...loneSurrogateProblems(name, path), ...loneSurrogateProblems(inner, at)];
  });
}

/** Tells whether an error helps the reader. The schema branches of the other roles always fail and explain nothing. */
function isRelevant(error: ErrorObject, role: unknown): boolean {
  const branch = /^#\/oneOf\/(\d+)\//.exec(error.schemaPath);
  if (branch === null) return error.schemaPath !== "#/oneOf";
  return claimsSchema.oneOf[Number(branch[1])]?.properties.role.const === role;
}

function describe(error: ErrorObject): string {
  const claim = error.instancePath.slice(1).replaceAll("/", ".") || "claims";
  switch (error.keyword) {
    case "additionalProperties":
      return `${claim}: unknown member ${JSON.stringify(error.params["additionalProperty"])}; remove it`;
    case "enum":
      return `${claim}: must be one of ${JSON.stringify(error.params["allowedValues"])}`;
    case "const":
      return `${claim}: must be ${JSON.stringify(error.params["allowedValue"])}`;
    case "format":
    case "pattern":
      return error.schemaPath.startsWith("#/$defs/id/")
        ? `${claim}: must be a whole number, or a UUID in small letters`
        : `${claim}: ${error.message ?? error.keyword}`;
    case "false schema":
      return `${claim}: a token of this role must not carry it`;
    default:
      return `${claim}: ${error.message ?? error.keyword}`;
  }
}
