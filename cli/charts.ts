import { readFileSync } from "node:fs";
import { Command } from "commander";
import { parse } from "yaml";
import { z } from "zod";
import { toYaml } from "../charts/manifests.ts";
import { supersetManifests } from "../charts/superset.ts";
import { sharedDatabaseId } from "../lib/config/analytics-database.ts";
import { serviceCidr } from "../lib/config/cluster.ts";
import type { Deployment } from "../lib/config/deployment.ts";
import { edgeIn } from "../lib/config/edge.ts";
import { readDeployment } from "../lib/config/load.ts";
import { Naming } from "../lib/naming.ts";
import { supersetValues, type SupersetValuesProps } from "../lib/workload/superset-values.ts";
import { deploymentFile, deploymentOption } from "./deployment-option.ts";
import type { Output } from "./program.ts";
import { UsageError } from "./usage-error.ts";

const host = z.string().regex(/^[a-z0-9.-]+$/, "a host name");

/** What only a deployed data stack knows. */
const valuesSchema = z.strictObject({
  metadataHost: host,
  cacheHost: host,
  brokerHost: host,
  redisUser: z.string().min(1).default("superset"),
  /** Blocks of the isolated subnets. */
  dataCidrs: z.array(z.cidrv4()).min(1),
});

export type EndpointValues = z.output<typeof valuesSchema>;

export function chartsCommand({ print }: Output): Command {
  return new Command("charts")
    .description("print the Kubernetes objects of the shared Superset as YAML, without AWS CDK")
    .addOption(deploymentOption())
    .requiredOption("--values <file>", "YAML with metadataHost, cacheHost, brokerHost, dataCidrs: docs/operations.md")
    .option("--region <name>", "a region of the configuration; by default its first")
    .action(async (options: { config: string; values: string; region?: string }) => {
      const deployment = await readDeployment(deploymentFile(options.config));
      const props = sharedSuperset(deployment, options.region, readValues(options.values));
      print(toYaml(supersetManifests(supersetValues(props))).trimEnd());
    });
}

function readValues(file: string): EndpointValues {
  const parsed = valuesSchema.safeParse(parseYaml(file), { reportInput: true });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `  - ${path.join(".") || "(top)"}: ${message}`);
  throw new UsageError([`--values ${file}:`, ...problems].join("\n"));
}

function parseYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`--values ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The same inputs that lib/platform.ts gives; a test compares the objects. */
function sharedSuperset(
  deployment: Deployment,
  wanted: string | undefined,
  values: EndpointValues,
): SupersetValuesProps {
  const { environment, account, edge, workload, identity, tenants, regions, analyticsDatabases } = deployment;
  const region = wanted === undefined ? regions[0] : regions.find(({ name }) => name === wanted);
  if (region === undefined) {
    throw new UsageError(`--region ${wanted ?? ""}: give one of ${regions.map(({ name }) => name).join(", ")}`);
  }
  const analytics = analyticsDatabases.find((entry) => entry.id === sharedDatabaseId && entry.region === region.name);
  if (analytics === undefined) throw new UsageError(`${region.name} has no shared analytics database`);
  const naming = new Naming(environment, region.name);
  return {
    naming,
    account,
    namespace: naming.namespace,
    tenant: "shared",
    edge: edgeIn(region, edge),
    workload,
    issuers: identity.issuers,
    frameAncestors: [...new Set(tenants.flatMap((tenant) => tenant.hostProducts))],
    analytics,
    metadataHost: values.metadataHost,
    cache: { user: values.redisUser, host: values.cacheHost },
    broker: { user: values.redisUser, host: values.brokerHost },
    dataCidrs: values.dataCidrs,
    serviceCidr,
  };
}
