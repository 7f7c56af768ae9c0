import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Deployment } from "./schema/deployment.ts";
import { ConfigurationError, parseDeployment } from "./parse.ts";

const extensions = [".ts", ".json"];

/** The configuration of `npm start`, which describes no deployment. */
const localFile = "local.ts";

/** Finds the file of an environment in a folder of configurations; a path to a file is taken as it is. */
export function configurationFile(folder: string, environment: string): string {
  if (extensions.includes(extname(environment))) {
    if (existsSync(environment)) return environment;
    throw new ConfigurationError(`there is no ${environment}; give an environment or the path of its file`);
  }
  const files = readdirSync(folder).filter((name) => extensions.includes(extname(name)) && name !== localFile);
  const file = files.find((name) => basename(name, extname(name)) === environment);
  if (file !== undefined) return join(folder, file);
  const allowed = files.map((name) => basename(name, extname(name)));
  throw new ConfigurationError(`there is no config/${environment}.ts; allowed: ${allowed.join(", ")}`);
}

/** Reads and checks one file: TypeScript with a default export, or JSON that may name its `$schema`. */
export async function readDeployment(file: string): Promise<Deployment> {
  return parseDeployment(file, await readInput(file));
}

async function readInput(file: string): Promise<unknown> {
  if (extname(file) === ".json") {
    return Object.fromEntries(Object.entries(parseJson(file)).filter(([key]) => key !== "$schema"));
  }
  const module = await importModule(file);
  if (module.default === undefined) {
    throw new ConfigurationError(
      `${file} has no default export; end it with "export default { … } satisfies DeploymentInput"`,
    );
  }
  return module.default;
}

async function importModule(file: string): Promise<{ readonly default?: unknown }> {
  try {
    return (await import(pathToFileURL(file).href)) as { readonly default?: unknown };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(`${file} cannot be run: ${message}`);
  }
}

function parseJson(file: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  } catch (error) {
    throw new ConfigurationError(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
