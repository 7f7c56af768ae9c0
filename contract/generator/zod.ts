import { besideNull, type Claim, type ClaimShape, type TokenClaims, unknownShape } from "./claims-schema.ts";

/** Zod's words for the types of a shape; its bounds stay with the schema of the claims. */
function zodOf(shape: ClaimShape): string {
  if (shape.enum !== undefined) return `z.enum([${shape.enum.map((value) => JSON.stringify(value)).join(", ")}])`;
  const nullable = besideNull(shape);
  if (nullable !== undefined) return `${zodOf(nullable)}.nullable()`;
  if (Array.isArray(shape.type)) return `z.union([${shape.type.map((type: string) => zodOf({ type })).join(", ")}])`;
  switch (shape.type) {
    case undefined:
      break;
    case "string":
      return "z.string()";
    case "boolean":
      return "z.boolean()";
    case "integer":
      return "z.number()";
    case "array":
      if (shape.items !== undefined) return `z.array(${zodOf(shape.items)})`;
      break;
    case "object":
      if (shape.properties !== undefined) {
        const members = Object.entries(shape.properties).map(
          ([name, inner]) => `    ${name}: ${zodOf(inner)}.optional(),`,
        );
        return ["z.strictObject({", ...members, "  })"].join("\n");
      }
      if (typeof shape.additionalProperties === "object")
        return `z.record(z.string(), ${zodOf(shape.additionalProperties)})`;
      break;
  }
  throw unknownShape(shape);
}

const member = ({ name, required, shape }: Claim): string =>
  `  ${name}: ${zodOf(shape)}${required ? "" : ".optional()"},`;

/** Text of runtime/tokens/minting/person-shape.ts. */
export function personShapeOf({ claims }: TokenClaims): string {
  return [
    "// Written by `npm run contract:write` from contract/claims.schema.json; change that file instead.",
    'import { z } from "zod";',
    "",
    "/** The names and types of a person's claims; the claims schema judges the values once they are claims. */",
    "export const personShape = z.strictObject({",
    ...claims.filter(({ givenBy }) => givenBy === "person").map(member),
    "});",
    "",
  ].join("\n");
}
