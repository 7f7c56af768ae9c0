import { besideNull, type Claim, type ClaimShape, type TokenClaims, unknownShape } from "./claims-schema.ts";

/** The Python type of a value of this shape; a list is read as a tuple. */
function typeOf(shape: ClaimShape): string {
  if (typeof shape.const === "boolean") return "bool";
  if (shape.const !== undefined || shape.enum !== undefined) return "str";
  const nullable = besideNull(shape);
  if (nullable !== undefined) return `${typeOf(nullable)} | None`;
  if (Array.isArray(shape.type)) return shape.type.map((type: string) => typeOf({ type })).join(" | ");
  switch (shape.type) {
    case undefined:
      break;
    case "string":
      return "str";
    case "boolean":
      return "bool";
    case "integer":
      return "int";
    case "array":
      if (shape.items !== undefined) return `tuple[${typeOf(shape.items)}, ...]`;
      break;
    case "object":
      return "Mapping[str, Any]";
  }
  throw unknownShape(shape);
}

function field({ name, required, shape }: Claim): string {
  const type = typeOf(shape);
  if (required) return `    ${name}: ${type}`;
  if (shape.type === "array") return `    ${name}: ${type} = ()`;
  return `    ${name}: ${type.endsWith(" | None") ? type : `${type} | None`} = None`;
}

function constant(name: string, comment: string, claims: readonly Claim[]): string[] {
  return [
    `# ${comment}`,
    `${name} = frozenset(`,
    "    {",
    ...claims.map((claim) => `        ${JSON.stringify(claim.name)},`),
    "    }",
    ")",
  ];
}

/** Text of superset/src/homeroom_superset/token/claim_fields.py. */
export function pythonOf({ claims }: TokenClaims): string {
  return [
    '"""Written by `npm run contract:write` from contract/claims.schema.json; change that file instead."""',
    "",
    "from __future__ import annotations",
    "",
    "from collections.abc import Mapping",
    "from dataclasses import dataclass",
    "from typing import Any",
    "",
    ...constant(
      "CLAIMS_WITHOUT_ROWS",
      "What the token says of itself, and names: nothing that a row could be compared with safely.",
      claims.filter(({ givenBy, personal }) => givenBy === "service" || personal),
    ),
    ...constant(
      "CLAIMS_WITHOUT_SCOPE",
      "What says only who asks and when: people who differ in these alone see the same rows.",
      claims.filter(({ inScope }) => !inScope),
    ),
    "",
    "",
    "@dataclass(frozen=True, kw_only=True)",
    "class ClaimFields:",
    '    """The claims of a token by their names; what a token leaves out is None or empty."""',
    "",
    ...claims.map(field),
    "",
  ].join("\n");
}
