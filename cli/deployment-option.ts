import { join, relative } from "node:path";
import { Option } from "commander";
import { configurationFile } from "../lib/config/load.ts";

const folder = join(import.meta.dirname, "../config");

export const deploymentOption = (): Option =>
  new Option("--config <environment>", "dev, prod or the path of a configuration file").default("dev");

/** Returns the configuration file that `--config` names, relative to the working directory. */
export function deploymentFile(environment: string): string {
  return relative(process.cwd(), configurationFile(folder, environment));
}
