import type { ErrorObject } from "ajv";
import { type Claims, claimsSchema } from "../../../contract/index.ts";
import { validateClaims } from "./claims-validator.ts";

/** Says what is wrong with the claims, each problem naming its claim; empty when they are good. */
export function claimProblems(value: unknown): string[] {
  if (validateClaims(value)) return halfCharacters(value, "");
  const role = typeof value === "object" && value !== null && "role" in value ? value.role : undefined;
  return [...new Set((validateClaims.errors ?? []).filter((error) => concerns(error, role)).map(describe))];
}

export function isClaims(value: unknown): value is Claims {
  return validateClaims(value) && halfCharacters(value, "").length === 0;
}

/** Matches a surrogate without a partner (by the flag u), which is no Unicode, so that no database takes it. */
const halfCharacter = /\p{Surrogate}/u;

function halfCharacters(value: unknown, place: string): string[] {
  if (typeof value === "string") {
    return halfCharacter.test(value) ? [`${place}: holds half a character, a lone surrogate; correct the text`] : [];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = place === "" ? name : `${place}.${name}`;
    return [...halfCharacters(name, place), ...halfCharacters(inner, at)];
  });
}

/** The branches of the other two roles always fail; only the branch of the role at hand explains anything. */
function concerns(error: ErrorObject, role: unknown): boolean {
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
    case "false schema":
      return `${claim}: a token of this role must not carry it`;
    default:
      return `${claim}: ${error.message ?? error.keyword}`;
  }
}
