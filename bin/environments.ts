import { ConfigurationError, parseDeployment } from "../lib/config/parse.ts";
import type { Deployment } from "../lib/config/deployment.ts";
import dev from "../config/dev.ts";
import prod from "../config/prod.ts";

const files = { dev, prod };

/** The configuration of one environment, checked. */
export function loadDeployment(environment: string): Deployment {
  const input = Object.entries(files).find(([name]) => name === environment)?.[1];
  if (input === undefined) {
    throw new ConfigurationError(
      `-c environment=${environment}: there is no config/${environment}.ts; allowed: ${Object.keys(files).join(", ")}`,
    );
  }
  return parseDeployment(`config/${environment}.ts`, input);
}
