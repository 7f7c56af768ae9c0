import { readFileSync } from "node:fs";
import { Command } from "commander";
import { parse } from "yaml";
import { z } from "zod";
import { embeddedDashboards } from "../contract/dashboards.ts";
import { type SupersetChartProps, supersetManifests } from "../charts/superset/superset.ts";
import { toYaml } from "../charts/superset/yaml.ts";
import { serviceCidr } from "../lib/config/schema/cluster.ts";
import type { Deployment } from "../lib/config/schema/deployment.ts";
import { edgeIn } from "../lib/config/schema/edge.ts";
import { readDeployment } from "../lib/config/load.ts";
import { tenantInstance, sharedInstance } from "../lib/workload/instance.ts";
import { supersetValues, type SupersetValuesProps } from "../lib/workload/superset-values.ts";
import { deploymentFile, deploymentOption } from "./deployment-option.ts";
import type { Output } from "./output.ts";
import { UsageError } from "./usage-error.ts";

const host = z.string().regex(/^[a-z0-9.-]+$/, "a host name");

/** The values that only a deployed data stack provides. */
const valuesSchema = z.strictObject({
  metadataHost: host,
  cacheHost: host,
  brokerHost: host,
  redisUser: z.string().min(1).default("superset"),
  /** CIDR blocks of the isolated subnets. */
  dataCidrs: z.array(z.cidrv4()).min(1),
});

interface ChartsOptions {
  readonly config: string;
  readonly values: string;
  readonly region?: string;
  readonly instance?: string;
  readonly secretKeyRotation?: string;
}

export type EndpointValues = z.output<typeof valuesSchema>;

export function chartsCommand({ print }: Output): Command {
  return new Command("charts")
    .description("print the Kubernetes objects of one Superset as YAML, without AWS CDK")
    .addOption(deploymentOption())
    .requiredOption("--values <file>", "YAML with metadataHost, cacheHost, brokerHost, dataCidrs: docs/operations.md")
    .option("--region <name>", "a region of the configuration; by default its first")
    .option("--instance <tenant>", "the Superset of a tenant of its own instead of the shared one")
    .option(
      "--secret-key-rotation <name>",
      "print only the Job of this name that moves stored secrets to a new SECRET_KEY",
    )
    .action(async (options: ChartsOptions) => {
      const deployment = await readDeployment(deploymentFile(options.config));
      const props = supersetValues(buildProps(deployment, options, readValues(options.values)));
      const { secretKeyRotation } = options;
      const manifests =
        secretKeyRotation === undefined ? supersetManifests(props) : rotationManifests(props, secretKeyRotation);
      print(toYaml(manifests).trimEnd());
    });
}

/** Returns the objects that a rotation of SECRET_KEY adds: the Job, and the SecretProviderClass that it mounts. */
function rotationManifests(props: SupersetChartProps, secretKeyRotation: string): object[] {
  const deployed = new Set(supersetManifests(props).map((manifest) => JSON.stringify(manifest)));
  return supersetManifests({ ...props, secretKeyRotation }).filter(
    (manifest) => !deployed.has(JSON.stringify(manifest)),
  );
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

function buildProps(deployment: Deployment, options: ChartsOptions, values: EndpointValues): SupersetValuesProps {
  const { regions, tenants, account, edge } = deployment;
  const region = options.region === undefined ? regions[0] : regions.find(({ name }) => name === options.region);
  if (region === undefined) {
    throw new UsageError(`--region ${options.region ?? ""}: give one of ${regions.map(({ name }) => name).join(", ")}`);
  }
  const context = { deployment, region };
  const tenant = tenants.find(({ id, isolation }) => id === options.instance && isolation === "instance");
  if (options.instance !== undefined && tenant === undefined) {
    const instanceTenants = tenants.filter(({ isolation }) => isolation === "instance").map(({ id }) => id);
    throw new UsageError(
      `--instance ${options.instance}: tenants with an instance are ${instanceTenants.join(", ") || "none"}`,
    );
  }
  const instance = tenant === undefined ? sharedInstance(context) : tenantInstance(context, tenant);
  return {
    ...instance,
    account,
    namespace: instance.naming.namespace,
    edge: edgeIn(region, edge),
    dashboards: embeddedDashboards(),
    metadataHost: values.metadataHost,
    cache: { user: values.redisUser, host: values.cacheHost },
    broker: { user: values.redisUser, host: values.brokerHost },
    dataCidrs: values.dataCidrs,
    serviceCidr,
  };
}
