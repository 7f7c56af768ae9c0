import Ajv2020, { type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { type Claims, claimsSchema } from "../../../contract/index.ts";

/** The formats that a claim may name; the policy binds such claims as UUID and date. */
const formats = { uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, date: /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/ };

/** Annotations for contract/generator; they judge nothing. */
const keywords = ["x-given-by", "x-personal", "x-scope"];

/** A validator of claims by a schema of the shape of contract/claims.schema.json. */
export const claimsValidator = (schema: object): ValidateFunction<Claims> =>
  new Ajv2020.default({ allErrors: true, strict: true, strictRequired: false, formats, keywords }).compile<Claims>(
    schema,
  );

const validate = claimsValidator(claimsSchema);

/** Says what is wrong with the claims, each problem naming its claim; empty when they are good. */
export function claimProblems(value: unknown): string[] {
  if (validate(value)) return halfCharacters(value, "");
  const role = typeof value === "object" && value !== null && "role" in value ? value.role : undefined;
  return [...new Set((validate.errors ?? []).filter((error) => concerns(error, role)).map(describe))];
}

export function isClaims(value: unknown): value is Claims {
  return validate(value) && halfCharacters(value, "").length === 0;
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
