import { InvalidArgumentError } from "commander";
import { type ClaimsSchema, schemaOfClaims } from "../runtime/policy/language/claims-schema.ts";
import { parseKey, parseKeys, parseWholeNumber, parseWholeNumbers } from "./number-option.ts";

export type OwnClaims = Readonly<Record<string, unknown>>;

export const claimOption = {
  flags: "--claim <name=value>",
  description: "another claim of contract/claims.schema.json, such as username=pat; may be given again",
};

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
