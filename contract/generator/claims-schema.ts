// Reads claims.schema.json into what the generated files say of claims and roles.

/** The part of JSON Schema that a claim of a token may be written in. */
export interface ClaimShape {
  /** Several types are those of one value: `minimum` binds a number, `pattern` a text. */
  readonly type?: string | readonly string[] | undefined;
  readonly format?: string | undefined;
  readonly const?: string | boolean | undefined;
  readonly enum?: readonly string[] | undefined;
  readonly items?: ClaimShape | undefined;
  readonly properties?: Readonly<Record<string, ClaimShape>> | undefined;
  readonly additionalProperties?: boolean | ClaimShape | undefined;
  readonly propertyNames?: ClaimShape | undefined;
  /** `null` beside one other type. */
  readonly oneOf?: readonly ClaimShape[] | undefined;
  readonly $ref?: string | undefined;
  readonly description?: string | undefined;
  /** The giver of the claim. @default the host product, as a claim of the person */
  readonly "x-given-by"?: string | undefined;
  /** A name or address of a person: it never decides about rows. */
  readonly "x-personal"?: boolean | undefined;
  /** False: people who differ in this claim alone may share cached results. */
  readonly "x-scope"?: boolean | undefined;
}

export interface ClaimsSchema {
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, ClaimShape>> & { readonly role: { readonly enum: readonly string[] } };
  readonly oneOf: readonly {
    readonly title: string;
    readonly required?: readonly string[] | undefined;
    readonly properties: Readonly<Record<string, unknown>> & { readonly role: { readonly const: string } };
  }[];
  readonly $defs: Readonly<Record<string, ClaimShape>>;
}

export interface Claim {
  readonly name: string;
  /** Every token carries it, whatever the role. */
  readonly required: boolean;
  readonly givenBy: "person" | "request" | "service";
  readonly personal: boolean;
  readonly inScope: boolean;
  readonly description: string | undefined;
  /** Without references. */
  readonly shape: ClaimShape;
}

export interface RoleClaims {
  readonly role: string;
  readonly title: string;
  /** Claims that this role carries beside those of everybody. */
  readonly requires: readonly Claim[];
  /** Claims that a token of this role may not carry. */
  readonly refuses: readonly Claim[];
}

export interface TokenClaims {
  readonly claims: readonly Claim[];
  readonly roles: readonly RoleClaims[];
}

/** @throws Error that names the claim when the schema uses what the generator cannot write. */
export function claimsOf(schema: ClaimsSchema): TokenClaims {
  const claims = Object.entries(schema.properties).map(([name, property]) => claimOf(name, property, schema));
  const named = (names: readonly string[]): Claim[] =>
    names.map((name) => {
      const claim = claims.find((candidate) => candidate.name === name);
      if (claim === undefined) throw new Error(`oneOf names ${name}, which is no property; add it or correct the name`);
      return claim;
    });
  const roles = schema.oneOf.map(({ title, required = [], properties }) => ({
    role: properties.role.const,
    title,
    requires: named(required),
    refuses: named(Object.keys(properties).filter((name) => properties[name] === false)),
  }));
  return { claims, roles };
}

/** Names become members in two languages, and the macro of row rules reads no others. */
const claimName = /^[a-z][a-z_]{0,39}$/;

function claimOf(name: string, property: ClaimShape, schema: ClaimsSchema): Claim {
  if (!claimName.test(name)) {
    throw new Error(`${JSON.stringify(name)}: a claim's name has 1 to 40 of a-z and _, and begins with a letter`);
  }
  const givenBy = property["x-given-by"] ?? "person";
  if (givenBy !== "person" && givenBy !== "request" && givenBy !== "service") {
    throw new Error(`${name}: x-given-by is ${JSON.stringify(givenBy)}; give person, request or service`);
  }
  const personal = property["x-personal"] ?? false;
  return {
    name,
    required: schema.required.includes(name),
    givenBy,
    personal,
    inScope: givenBy !== "service" && !personal && property["x-scope"] !== false,
    description: property.description,
    shape: resolved(name, property, schema.$defs),
  };
}

function resolved(name: string, shape: ClaimShape, definitions: ClaimsSchema["$defs"]): ClaimShape {
  const inner = (part: ClaimShape): ClaimShape => resolved(name, part, definitions);
  if (shape.$ref !== undefined) {
    const target = definitions[shape.$ref.replace("#/$defs/", "")];
    if (target === undefined)
      throw new Error(`${name}: ${shape.$ref} is not in $defs; add it or correct the reference`);
    return inner(target);
  }
  return {
    ...shape,
    ...(shape.items !== undefined && { items: inner(shape.items) }),
    ...(shape.oneOf !== undefined && { oneOf: shape.oneOf.map(inner) }),
    ...(shape.propertyNames !== undefined && { propertyNames: inner(shape.propertyNames) }),
    ...(typeof shape.additionalProperties === "object" && {
      additionalProperties: inner(shape.additionalProperties),
    }),
    ...(shape.properties !== undefined && {
      properties: Object.fromEntries(Object.entries(shape.properties).map(([key, value]) => [key, inner(value)])),
    }),
  };
}

/** The one shape beside `null` of a claim that may be null; undefined for any other claim. */
export function besideNull({ oneOf }: ClaimShape): ClaimShape | undefined {
  if (oneOf?.length !== 2 || !oneOf.some(({ type }) => type === "null")) return undefined;
  return oneOf.find(({ type }) => type !== "null");
}

export function unknownShape(shape: ClaimShape): Error {
  return new Error(
    `the generator cannot write a claim of the shape ${JSON.stringify(shape)}; ` +
      "use string, integer, array, object, enum, const or a oneOf with null, or extend contract/generator",
  );
}
