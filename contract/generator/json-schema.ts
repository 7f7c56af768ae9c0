import { type Claim, claimsOf, type ClaimsSchema } from "./claims-schema.ts";

/** A schema as documents print it: without references and without members that only the generator reads. */
type Printed = Readonly<Record<string, unknown>>;

/** Python's `$` also matches before a last line break, which ECMAScript's and OpenAPI's does not. */
const onlyForPython = "(?!\\n)";

function printed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(printed);
  if (typeof value === "string") return value.endsWith(onlyForPython) ? value.slice(0, -onlyForPython.length) : value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !key.startsWith("x-"))
      .map(([key, inner]) => [key, printed(inner)]),
  );
}

const shapeOf = ({ shape, description }: Claim): Printed =>
  printed({ ...(description !== undefined && { description }), ...shape }) as Printed;

/** Returns the JSON Schema of a person's claims, with every bound and what each role needs and refuses. */
function personSchemaOf(schema: ClaimsSchema, claims: readonly Claim[]): Printed {
  return {
    type: "object",
    properties: schemasOf(claims),
    required: claims.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
    oneOf: printed(schema.oneOf),
  };
}

const schemasOf = (claims: readonly Claim[]): Readonly<Record<string, Printed>> =>
  Object.fromEntries(claims.map((claim) => [claim.name, shapeOf(claim)]));

/** Returns the JSON Schemas of what a request for a token says in claims: `person`, and each claim beside it. */
export function requestSchemasOf(schema: ClaimsSchema): Readonly<Record<string, Printed>> {
  const { claims } = claimsOf(schema);
  const givenBy = (giver: Claim["givenBy"]): Claim[] => claims.filter((claim) => claim.givenBy === giver);
  return { ...schemasOf(givenBy("request")), person: personSchemaOf(schema, givenBy("person")) };
}
