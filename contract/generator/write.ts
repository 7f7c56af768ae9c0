// npm run contract:write: writes the files that follow from claims.schema.json and environment.json.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { claimsOf, type ClaimsSchema } from "./claims-schema.ts";
import { settingsPageOf, settingsPythonOf, settingsTypescriptOf, type Variables } from "./environment.ts";
import { pythonOf } from "./python.ts";
import { typescriptOf } from "./typescript.ts";
import { personShapeOf } from "./zod.ts";

const root = new URL("../../", import.meta.url);
const contract = (file: string): unknown => JSON.parse(readFileSync(new URL(`contract/${file}`, root), "utf8"));

/** The text of every generated file, by its path in the repository. */
export async function generatedFiles(
  schema: ClaimsSchema = readSchema(),
  variables: Variables = readVariables(),
): Promise<ReadonlyMap<string, string>> {
  const claims = claimsOf(schema);
  const typescript = (text: string): Promise<string> => format(text, { parser: "typescript", printWidth: 120 });
  return new Map([
    ["contract/claims.ts", await typescript(typescriptOf(claims))],
    ["runtime/tokens/minting/person-shape.ts", await typescript(personShapeOf(claims))],
    ["superset/src/homeroom_superset/token/claim_fields.py", pythonOf(claims)],
    ["contract/superset-settings.ts", await typescript(settingsTypescriptOf(variables))],
    ["docs/environment.md", settingsPageOf(variables)],
    ["superset/src/homeroom_superset/settings_fields.py", settingsPythonOf(variables)],
  ]);
}

/** The repository's own schema, whose meta-schema and shape the tests hold. */
export const readSchema = (): ClaimsSchema => contract("claims.schema.json") as ClaimsSchema;

export const readVariables = (): Variables => contract("environment.json") as Variables;

export const pathOf = (file: string): string => fileURLToPath(new URL(file, root));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [file, text] of await generatedFiles()) {
    writeFileSync(pathOf(file), text);
    console.log(file);
  }
}
