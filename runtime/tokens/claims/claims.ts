import Ajv2020, { type ErrorObject } from "ajv/dist/2020.js";
import { claimsSchema } from "../../../contract/index.ts";
import { roles, type Role } from "../../policy/language/policy.ts";

export { roles, type Role };

export interface Person {
  readonly user_id: number;
  readonly username: string;
  readonly email: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly role: Role;
  readonly school_id: number;
  readonly subject_area?: string | null | undefined;
  readonly class_ids?: readonly number[] | undefined;
  readonly student_id?: number | undefined;
  readonly org_structure?: OrgStructure | undefined;
}

export interface OrgStructure {
  readonly departments?: readonly string[] | undefined;
  readonly cost_centres?: Readonly<Record<string, string>> | undefined;
}

export interface Claims extends Person {
  readonly is_active: true;
  readonly tenant: string;
  readonly dashboard: string;
  readonly type: "guest";
  readonly iss: string;
  readonly aud: string;
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly jti: string;
}

/** Of claims that an operator adds; the policy binds them as UUID and date. */
const formats = { uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, date: /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/ };

const validate = new Ajv2020.default({ allErrors: true, strict: true, strictRequired: false, formats }).compile<Claims>(
  claimsSchema,
);

/** What is wrong with the claims, each problem naming its claim; empty when they are good. */
export function claimProblems(value: unknown): string[] {
  if (validate(value)) return halfCharacters(value, "");
  const role = typeof value === "object" && value !== null && "role" in value ? value.role : undefined;
  return [...new Set((validate.errors ?? []).filter((error) => concerns(error, role)).map(describe))];
}

export function isClaims(value: unknown): value is Claims {
  return validate(value) && halfCharacters(value, "").length === 0;
}

/** With the flag u, a surrogate that has no partner. It is no Unicode, so no database takes it. */
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
