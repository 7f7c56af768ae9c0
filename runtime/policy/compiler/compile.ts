import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { canonicalJson } from "./canonical-json.ts";
import { type CompiledPolicy, compilePolicy } from "./compiled-policy.ts";
import { readDatasetDescriptions } from "../language/dataset-descriptions.ts";
import { type Policy, parsePolicy } from "../language/policy.ts";

const root = new URL("../../../", import.meta.url);

export const policyFiles = {
  policy: fileURLToPath(new URL("content/policies/rows.yaml", root)),
  datasets: fileURLToPath(new URL("content/dashboards/datasets", root)),
  compiled: fileURLToPath(new URL("contract/compiled-policy.json", root)),
};

export function readPolicy(file: string = policyFiles.policy): Policy {
  return parsePolicy(readFileSync(file, "utf8"), file);
}

export function compileFiles(files: { policy: string; datasets: string } = policyFiles): CompiledPolicy {
  return compilePolicy(readPolicy(files.policy), new Set(readDatasetDescriptions(files.datasets).keys()));
}

export function compiledText(compiled: CompiledPolicy): string {
  return `${canonicalJson(compiled, 2)}\n`;
}

export function writeCompiledPolicy(target: string = policyFiles.compiled): CompiledPolicy {
  const compiled = compileFiles();
  writeFileSync(`${target}.new`, compiledText(compiled));
  renameSync(`${target}.new`, target);
  return compiled;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const compiled = writeCompiledPolicy();
    console.log(`${policyFiles.compiled}: ${Object.keys(compiled.datasets).length} datasets, ${compiled.hash}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
