import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { sharedDatabaseId } from "../lib/config/schema/analytics-database.ts";
import type { Deployment } from "../lib/config/schema/deployment.ts";
import { readDeployment } from "../lib/config/load.ts";
import { compileFiles, readPolicy } from "../runtime/policy/compiler/compile.ts";
import { readDatasetDescriptions } from "../runtime/policy/language/dataset-descriptions.ts";
import { policyReport, type Source } from "../runtime/policy/report/report.ts";
import { deploymentFile } from "./deployment-option.ts";
import type { Output } from "./output.ts";
import { UsageError } from "./usage-error.ts";

const root = new URL("../", import.meta.url);
const page = fileURLToPath(new URL("docs/security/policy.md", root));
const datasets = fileURLToPath(new URL("content/dashboards/datasets", root));
const environments = ["dev", "prod"];

export function reportCommand({ print }: Output): Command {
  return new Command("report")
    .description("write the auditor's page, docs/security/policy.md: who sees which rows, with the SQL of both locks")
    .option("--check", "write nothing, and refuse a page that is not current")
    .action(async ({ check }: { check?: true }) => {
      const text = await buildReport();
      if (check === undefined) {
        writeFileSync(page, text);
        print(page);
      } else if (!existsSync(page) || readFileSync(page, "utf8") !== text) {
        throw new UsageError(`${page} is not what the policy says; run homeroom policy report`);
      } else {
        print("current");
      }
    });
}

async function buildReport(): Promise<string> {
  const deployments = await Promise.all(
    environments.map(async (environment) => ({
      file: `config/${environment}.ts`,
      sources: listSources(await readDeployment(deploymentFile(environment))),
    })),
  );
  return policyReport({
    policy: readPolicy(),
    hash: compileFiles().hash,
    descriptions: readDatasetDescriptions(datasets),
    deployments,
  });
}

function listSources({ analyticsDatabases, tenants }: Deployment): Source[] {
  return analyticsDatabases.map(({ id, region, engine, rowSecurity }) => ({
    id,
    region,
    engine,
    oneLockBecause: rowSecurity === true ? undefined : rowSecurity.because,
    tenants: tenants.filter(({ database }) => (database ?? sharedDatabaseId) === id).map((tenant) => tenant.id),
  }));
}
