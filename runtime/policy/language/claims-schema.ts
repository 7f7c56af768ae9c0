import { claimsSchema as contractSchema } from "../../../contract/index.ts";

export const claimTypes = ["text", "integer", "uuid", "date", "integer_set", "text_set", "uuid_set"] as const;
export type ClaimType = (typeof claimTypes)[number];

/**
 * The parts of the claims schema that the policy uses: the roles, the claims that each role must carry, and their
 * types.
 */
export interface ClaimsSchema {
  readonly roles: readonly string[];
  /** Returns the types by which rows can be bound to a claim: several for a key, none for an unknown claim. */
  typesOf(claim: string): readonly ClaimType[];
  requiredOf(role: string): ReadonlySet<string>;
}

interface Property {
  readonly $ref?: string | undefined;
  readonly type?: unknown;
  readonly format?: string | undefined;
  readonly items?: Property | undefined;
  readonly oneOf?: readonly Property[] | undefined;
}

interface Source {
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, Property>> & { readonly role: { readonly enum: readonly string[] } };
  readonly oneOf: readonly {
    readonly required?: readonly string[] | undefined;
    readonly properties: { readonly role: { readonly const: string } };
  }[];
  readonly $defs: Readonly<Record<string, Property>>;
}

/** Reads a schema shaped like contract/claims.schema.json, so that a claim added there can be bound to rows at once. */
export function schemaOfClaims(source: Source = contractSchema): ClaimsSchema {
  const target = (property: Property | undefined): Property | undefined =>
    property?.$ref === undefined ? property : source.$defs[property.$ref.replace("#/$defs/", "")];
  const scalars = (property: Property | undefined): readonly ("text" | "integer" | "uuid" | "date")[] => {
    const { type, format, oneOf } = target(property) ?? {};
    // A claim that may be null: null is bound to no row.
    const others = oneOf?.filter((shape) => shape.type !== "null");
    if (others?.length === 1) return scalars(others[0]);
    return [type].flat().flatMap((name) => {
      if (name === "integer") return ["integer"];
      if (name !== "string") return [];
      return format === "uuid" || format === "date" ? [format] : ["text"];
    });
  };
  return {
    roles: source.properties.role.enum,
    typesOf(claim) {
      const property = Object.hasOwn(source.properties, claim) ? target(source.properties[claim]) : undefined;
      if (property?.type !== "array") return scalars(property);
      return scalars(property.items).flatMap((element) => (element === "date" ? [] : [`${element}_set` as const]));
    },
    requiredOf(role) {
      const branch = source.oneOf.find((candidate) => candidate.properties.role.const === role);
      return new Set([...source.required, ...(branch?.required ?? [])]);
    },
  };
}
