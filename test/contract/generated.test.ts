import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { claimsOf } from "../../contract/generator/claims-schema.ts";
import { generatedFiles, pathOf, readSchema } from "../../contract/generator/write.ts";
import { withAddedClaim } from "./added-claim.ts";

describe("files generated from claims.schema.json", () => {
  it("are current: run `npm run contract:write` after a change of the schema", async () => {
    for (const [file, text] of await generatedFiles()) assert.equal(readFileSync(pathOf(file), "utf8"), text, file);
  });

  it("carry an added claim in both languages", async () => {
    const files = await generatedFiles(withAddedClaim());
    const expected = {
      "contract/claims.ts": /\/\*\* UUID of the campus\. \*\/\s+readonly campus_id: string;/,
      "runtime/tokens/minting/person-shape.ts": /^ {2}campus_id: z\.string\(\),$/m,
      "superset/src/homeroom_superset/token/claim_fields.py": /^ {4}campus_id: str$/m,
    };
    assert.deepEqual([...files.keys()], Object.keys(expected));
    for (const [file, pattern] of Object.entries(expected)) assert.match(files.get(file) ?? "", pattern);
  });

  it("are refused for a claim that they cannot hold, with its name", () => {
    const schema = readSchema();
    const added = (name: string, shape: object) => ({ ...schema, properties: { ...schema.properties, [name]: shape } });
    assert.throws(() => claimsOf(added("Campus", { type: "string" })), /"Campus": a claim's name has/);
    assert.throws(() => claimsOf(added("campus", { $ref: "#/$defs/nowhere" })), /campus: #\/\$defs\/nowhere is not in/);
    assert.throws(() => claimsOf(added("campus", { "x-given-by": "host" })), /campus: x-given-by is "host"/);
    return assert.rejects(generatedFiles(added("campus", { type: "number" })), /cannot write a claim of the shape/);
  });
});
