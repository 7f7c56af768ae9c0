import contractSchema from "../../../contract/claims.schema.json" with { type: "json" };

export const claimTypes = ["text", "integer", "uuid", "date", "integer_set", "text_set"] as const;
export type ClaimType = (typeof claimTypes)[number];

/**
 * The parts of the claims schema that the policy uses: the roles, the claims that each role must carry, and their
 * types.
 */
export interface ClaimsSchema {
  readonly roles: readonly string[];
  /**
   * Returns the type of a claim; undefined when the claim does not exist or has a type that rows cannot be bound to.
   */
  typeOf(claim: string): ClaimType | undefined;
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
  const scalar = (property: Property | undefined): "text" | "integer" | "uuid" | "date" | undefined => {
    const { type, format, oneOf } = target(property) ?? {};
    // A claim that may be null: null is bound to no row.
    const others = oneOf?.filter((shape) => shape.type !== "null");
    if (others?.length === 1) return scalar(others[0]);
    if (type === "integer") return "integer";
    if (type !== "string") return undefined;
    return format === "uuid" || format === "date" ? format : "text";
  };
  return {
    roles: source.properties.role.enum,
    typeOf(claim) {
      const property = Object.hasOwn(source.properties, claim) ? target(source.properties[claim]) : undefined;
      if (property?.type !== "array") return scalar(property);
      const element = scalar(property.items);
      return element === "integer" || element === "text" ? `${element}_set` : undefined;
    },
    requiredOf(role) {
      const branch = source.oneOf.find((candidate) => candidate.properties.role.const === role);
      return new Set([...source.required, ...(branch?.required ?? [])]);
    },
  };
}
