import { claimsOfRoles, type Role, roles } from "../contract/claims.ts";

export type { Person, Principal, Student, Teacher } from "../contract/claims.ts";

/** Says what a role lacks or may not carry: JavaScript callers and casts get past the types. */
export function personProblems(person: unknown): string[] {
  if (typeof person !== "object" || person === null) return ["person: must be an object with the claims of a person"];
  const unwritable = whyNoJson(person);
  if (unwritable !== undefined)
    return [`person: cannot be written as JSON (${unwritable}); send numbers, texts and lists`];
  const claims = person as Record<string, unknown>;
  const { role } = claims;
  if (!isRole(role)) return [`person.role: got ${JSON.stringify(role) ?? "nothing"}; must be ${roles.join(", ")}`];
  const { requires, refuses } = claimsOfRoles[role];
  return [
    ...Object.entries<readonly string[]>(requires)
      .filter(([claim, types]) => !types.some((type) => isPresent(claims[claim], type)))
      .map(([claim, types]) => `person.${claim}: a ${role} needs this ${types.join(" or ")}`),
    ...refuses
      .filter((claim) => claims[claim] !== undefined)
      .map((claim) => `person.${claim}: a ${role} may not carry it; leave it out`),
  ];
}

const isRole = (value: unknown): value is Role => roles.some((role) => role === value);

/** Compares with the JSON type alone; the token service judges the value. */
function isPresent(value: unknown, type: string): boolean {
  switch (type) {
    case "array":
      return Array.isArray(value) && value.length > 0;
    case "integer":
      return Number.isInteger(value);
    case "string":
      return typeof value === "string" && value !== "";
    default:
      return value !== undefined && value !== null;
  }
}

/** Explains what JSON cannot hold, such as a BigInt, which database drivers give for large identifiers. */
function whyNoJson(value: unknown): string | undefined {
  try {
    JSON.stringify(value);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
