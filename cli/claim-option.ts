import { type Command, InvalidArgumentError, Option } from "commander";
import { claimsOfRoles, claimsSchema, type Role } from "../contract/index.ts";
import { type ClaimsSchema, schemaOfClaims } from "../runtime/policy/language/claims-schema.ts";
import { parseKey, parseKeys, parseWholeNumber, parseWholeNumbers } from "./number-option.ts";
import { UsageError } from "./usage-error.ts";

export type OwnClaims = Readonly<Record<string, unknown>>;

/** Values of the options that `addClaimOptions` adds, as commander hands them over. */
export type ClaimOptions = Readonly<Record<string, unknown>> & { readonly claim?: OwnClaims };

interface RoleClaim {
  readonly name: string;
  readonly option: Option;
}

const requiredBy = (role: Role): string[] => Object.keys(claimsOfRoles[role].requires);

/** Returns an option for each claim that some role requires, such as --class-ids. */
function roleClaims(): RoleClaim[] {
  const descriptions: Readonly<Record<string, object & { readonly description?: string }>> = claimsSchema.properties;
  const names = new Set(claimsSchema.properties.role.enum.flatMap((role) => requiredBy(role as Role)));
  return [...names].map((name) => {
    const option = new Option(`--${name.replaceAll("_", "-")} <value>`, descriptions[name]?.description);
    return { name, option: option.argParser((text: string) => typed(name, text, schemaOfClaims())) };
  });
}

/** Adds an option for each claim that some role requires, and `--claim` for any other. */
export function addClaimOptions(command: Command): Command {
  for (const { option } of roleClaims()) command.addOption(option);
  return command.option(
    "--claim <name=value>",
    "another claim of contract/claims.schema.json, such as username=pat; may be given again",
    (text: string, before?: OwnClaims) => claimOf(text, before),
  );
}

/**
 * Returns the claims that the options give, by their names in a token.
 * @throws UsageError that names the option when the role requires a claim that is missing
 */
export function claimsFrom(role: Role, options: ClaimOptions): OwnClaims {
  const given = roleClaims().map(({ name, option }): [string, unknown] => [name, options[option.attributeName()]]);
  const claims = { ...Object.fromEntries(given.filter(([, value]) => value !== undefined)), ...options.claim };
  const missing = requiredBy(role).find((name) => !Object.hasOwn(claims, name));
  if (missing === undefined) return claims;
  const flag = `--${missing.replaceAll("_", "-")}`;
  throw new UsageError(`the rows of a ${role} depend on the claim ${missing}: add ${flag} VALUE`);
}

/** Reads `--claim name=value` by the type that the schema gives the claim; a list is written a,b. */
export function claimOf(text: string, before: OwnClaims = {}, schema: ClaimsSchema = schemaOfClaims()): OwnClaims {
  const at = text.indexOf("=");
  const [name, value] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  if (name === "" || value === "") throw new InvalidArgumentError(`${JSON.stringify(text)} is not NAME=VALUE.`);
  return { ...before, [name]: typed(name, value, schema) };
}

function typed(name: string, value: string, schema: ClaimsSchema): unknown {
  const types = schema.typesOf(name);
  if (types.includes("integer") && types.includes("uuid")) return parseKey(value);
  if (types.includes("integer_set") && types.includes("uuid_set")) return parseKeys(value);
  switch (types[0]) {
    case undefined:
      throw new InvalidArgumentError(
        `contract/claims.schema.json has no claim ${JSON.stringify(name)} that rows can be bound to.`,
      );
    case "integer":
      return parseWholeNumber(value);
    case "integer_set":
      return parseWholeNumbers(value);
    case "text_set":
    case "uuid_set":
      return value.split(",");
    case "text":
    case "uuid":
    case "date":
      return value;
  }
}
