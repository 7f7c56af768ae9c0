import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { claimsOf } from "../../contract/generator/claims-schema.ts";
import { generatedFiles, pathOf, readSchema } from "../../contract/generator/write.ts";
import { withAddedClaim } from "./added-claim.ts";
import { expecting } from "../support/expecting.ts";

describe("files generated from claims.schema.json", () => {
  it("are current: run `npm run contract:write` after a change of the schema", async () => {
    for (const [file, text] of await generatedFiles()) expecting(file, readFileSync(pathOf(file), "utf8")).toBe(text);
  });

  it("carry an added claim in both languages", async () => {
    const files = await generatedFiles(withAddedClaim());
    const expected = {
      "contract/claims.ts": /\/\*\* UUID of the campus\. \*\/\s+readonly campus_id: string;/,
      "runtime/tokens/minting/person-shape.ts": /^ {2}campus_id: z\.string\(\),$/m,
      "superset/src/homeroom_superset/token/claim_fields.py": /^ {4}campus_id: str$/m,
    };
    for (const [file, pattern] of Object.entries(expected)) expect(files.get(file) ?? "").toMatch(pattern);
  });

  it("are refused for a claim that they cannot hold, with its name", () => {
    const schema = readSchema();
    const added = (name: string, shape: object) => ({ ...schema, properties: { ...schema.properties, [name]: shape } });
    expect(() => claimsOf(added("Campus", { type: "string" }))).toThrow(/"Campus": a claim's name has/);
    expect(() => claimsOf(added("campus", { $ref: "#/$defs/nowhere" }))).toThrow(
      /campus: #\/\$defs\/nowhere is not in/,
    );
    expect(() => claimsOf(added("campus", { "x-given-by": "host" }))).toThrow(/campus: x-given-by is "host"/);
    return expect(generatedFiles(added("campus", { type: "number" }))).rejects.toThrow(
      /cannot write a claim of the shape/,
    );
  });
});
