import { besideNull, type Claim, type ClaimShape, type TokenClaims, unknownShape } from "./claims-schema.ts";

const commentOf = (description: string | undefined): string[] =>
  description === undefined ? [] : [`  /** ${description} */`];

/** The TypeScript type of a value of this shape. */
function typeOf(shape: ClaimShape): string {
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  if (shape.enum !== undefined) return shape.enum.map((value) => JSON.stringify(value)).join(" | ");
  const nullable = besideNull(shape);
  if (nullable !== undefined) return `${typeOf(nullable)} | null`;
  if (Array.isArray(shape.type)) return shape.type.map((type: string) => typeOf({ type })).join(" | ");
  switch (shape.type) {
    case undefined:
      break;
    case "string":
      return "string";
    case "boolean":
      return "boolean";
    case "integer":
      return "number";
    case "array":
      if (shape.items !== undefined) return `readonly ${parenthesised(typeOf(shape.items))}[]`;
      break;
    case "object":
      if (shape.properties !== undefined) return objectOf(shape.properties);
      if (typeof shape.additionalProperties === "object")
        return `Readonly<Record<string, ${typeOf(shape.additionalProperties)}>>`;
      break;
  }
  throw unknownShape(shape);
}

const parenthesised = (type: string): string => (type.includes(" ") ? `(${type})` : type);

function objectOf(properties: Readonly<Record<string, ClaimShape>>): string {
  const members = Object.entries(properties).flatMap(([name, shape]) => [
    ...commentOf(shape.description),
    `  readonly ${name}?: ${typeOf(shape)} | undefined;`,
  ]);
  return ["{", ...members, "}"].join("\n");
}

const pascal = (name: string): string =>
  name.replaceAll(/(^|_)([a-z])/g, (_all, _before, letter: string) => letter.toUpperCase());

/** The type of a claim by its name in the generated file: an object is an interface of its own. */
const typeName = ({ name, shape }: Claim): string => (shape.properties === undefined ? typeOf(shape) : pascal(name));

function member(claim: Claim, presence: "required" | "optional" | "absent"): string[] {
  const comment = commentOf(claim.description);
  switch (presence) {
    case "required":
      return [...comment, `  readonly ${claim.name}: ${typeName(claim)};`];
    case "optional":
      return [...comment, `  readonly ${claim.name}?: ${typeName(claim)} | undefined;`];
    case "absent":
      return [`  readonly ${claim.name}?: undefined;`];
  }
}

const membersOf = (claims: readonly Claim[]): string[] =>
  claims.flatMap((claim) => member(claim, claim.required ? "required" : "optional"));

/** Text of contract/claims.ts. */
export function typescriptOf({ claims, roles }: TokenClaims): string {
  const ofRoles = new Set(roles.flatMap(({ requires, refuses }) => [...requires, ...refuses]));
  const ofEverybody = claims.filter(
    (claim) => claim.givenBy === "person" && claim.name !== "role" && !ofRoles.has(claim),
  );
  const roleClaim = claims.find(({ name }) => name === "role");
  const objects = claims.filter(({ shape }) => shape.properties !== undefined);
  const rest = claims.filter(({ givenBy }) => givenBy !== "person");
  const names = (list: readonly Claim[]): string => JSON.stringify(list.map(({ name }) => name));
  const kinds = (list: readonly Claim[]): string =>
    JSON.stringify(Object.fromEntries(list.map(({ name, shape }) => [name, [shape.type ?? "string"].flat()])));
  return [
    "// Written by `npm run contract:write` from claims.schema.json; change that file instead.",
    "",
    `export const roles = [${roles.map(({ role }) => JSON.stringify(role)).join(", ")}] as const;`,
    "export type Role = (typeof roles)[number];",
    "",
    "/** The claims that a role requires beside those of everybody, each with its JSON types, and those that it refuses. */",
    "export const claimsOfRoles = {",
    ...roles.map(
      ({ role, requires, refuses }) => `  ${role}: { requires: ${kinds(requires)}, refuses: ${names(refuses)} },`,
    ),
    "} as const satisfies Readonly<Record<Role, unknown>>;",
    ...objects.flatMap(({ name, shape }) => ["", `export interface ${pascal(name)} ${typeOf(shape)}`]),
    "",
    "/** The claims of a person whatever the role. */",
    "export interface PersonOfAnyRole {",
    ...membersOf(ofEverybody),
    "}",
    ...roles.flatMap(({ role, title, requires, refuses }) => [
      "",
      `/** ${title}. */`,
      `export interface ${pascal(role)} extends PersonOfAnyRole {`,
      ...commentOf(roleClaim?.description),
      `  readonly role: ${JSON.stringify(role)};`,
      ...[...ofRoles].flatMap((claim) =>
        member(claim, requires.includes(claim) ? "required" : refuses.includes(claim) ? "absent" : "optional"),
      ),
      "}",
    ]),
    "",
    "/** A person whose claims nobody has yet compared with the role. */",
    "export interface UnjudgedPerson extends PersonOfAnyRole {",
    "  readonly role: Role;",
    ...[...ofRoles].flatMap((claim) => member(claim, "optional")),
    "}",
    "",
    "/** A person who looks at a dashboard; `role` tells the kinds of people apart. */",
    `export type Person = ${roles.map(({ role }) => pascal(role)).join(" | ")};`,
    "",
    "/** The claims that the token service adds to a person's. */",
    "export interface TokenClaims {",
    ...membersOf(rest),
    "}",
    "",
    "export type Claims = Person & TokenClaims;",
    "",
  ].join("\n");
}
