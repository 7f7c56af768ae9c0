// tsx charts/superset/manifests.ts --config props.yaml > manifests.yaml: one Superset instance without AWS CDK.
// The file holds the members of SupersetChartProps, as YAML or JSON.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parse, stringify } from "yaml";
import { propsSchema } from "./props-schema.ts";
import { ChartPropsError, supersetManifests } from "./superset.ts";

export function manifestsYaml(text: string, source: string): string {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new ChartPropsError([
      `${source}: not YAML or JSON: ${error instanceof Error ? error.message : String(error)}`,
    ]);
  }
  const parsed = propsSchema.safeParse(value);
  if (!parsed.success) {
    throw new ChartPropsError(
      parsed.error.issues.map((issue) => `${source}: ${issue.path.join(".") || "(top)"}: ${issue.message}`),
    );
  }
  return toYaml(supersetManifests(parsed.data));
}

export function toYaml(manifests: readonly object[]): string {
  return manifests.map((manifest) => stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false })).join("---\n");
}

function main(): void {
  const { values } = parseArgs({ options: { config: { type: "string" } }, strict: true });
  if (values.config === undefined)
    throw new ChartPropsError(["--config is missing: give the path of the instance's props file"]);
  let text: string;
  try {
    text = readFileSync(values.config, "utf8");
  } catch (error) {
    throw new ChartPropsError([`--config ${values.config}: ${error instanceof Error ? error.message : String(error)}`]);
  }
  process.stdout.write(manifestsYaml(text, values.config));
}

if (process.argv[1] !== undefined && import.meta.filename === process.argv[1]) {
  try {
    main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
