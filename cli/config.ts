import { Command } from "commander";
import { z } from "zod";
import { deploymentShape, type Deployment } from "../lib/config/schema/deployment.ts";
import { edgeIn, hostsOf } from "../lib/config/schema/edge.ts";
import { readDeployment } from "../lib/config/load.ts";
import { switchedOff } from "../lib/config/switched-off.ts";
import { deploymentFile, deploymentOption } from "./deployment-option.ts";
import type { Output } from "./output.ts";

export function configCommand({ print }: Output): Command {
  const config = new Command("config").description("what an environment deploys: config/<environment>.ts");
  config
    .command("check")
    .description("name every problem of a configuration, or sum it up with the protections that are off")
    .addOption(deploymentOption())
    .action(async ({ config: environment }: { config: string }) => {
      const file = deploymentFile(environment);
      for (const line of summary(file, await readDeployment(file))) print(line);
    });
  config
    .command("schema")
    .description("print the JSON Schema of a configuration, for editors")
    .action(() => print(schemaText()));
  return config;
}

function summary(file: string, deployment: Deployment): string[] {
  const { environment, account, residency, regions, edge, network, tenants, workload, cluster } = deployment;
  const off = switchedOff(deployment);
  const counted = (["shared", "database", "instance"] as const)
    .map((isolation) => ({ isolation, count: tenants.filter((tenant) => tenant.isolation === isolation).length }))
    .filter(({ count }) => count > 0);
  return [
    `${file} is valid`,
    `environment   ${environment}, account ${account}, residency ${residency}`,
    ...regions.map((region) => {
      const { embed, studio } = hostsOf(edgeIn(region, edge));
      return `region        ${region.name}, ${region.cidr}, embeds ${embed.join(" ")}, studio ${studio}`;
    }),
    `network       egress ${network.egress.mode}, certificates ${edge.certificates.mode}`,
    `cluster       Kubernetes ${cluster.kubernetes}, web ${replicas(workload.web)}, workers ${replicas(workload.workers)}`,
    `tenants       ${counted.map(({ isolation, count }) => `${count} ${isolation}`).join(", ")}`,
    ...(off.length === 0 ? ["protections   all on"] : ["protections   off, with these reasons:"]),
    ...off.map((line) => `  - ${line}`),
  ];
}

const replicas = ({ minReplicas, maxReplicas }: { minReplicas: number; maxReplicas: number }): string =>
  `${minReplicas} to ${maxReplicas}`;

/** Returns the JSON Schema of a configuration file. Rules across blocks are not in it; `config check` applies them. */
function schemaText(): string {
  const { $schema, ...schema } = z.toJSONSchema(deploymentShape, { io: "input", unrepresentable: "any" });
  const properties = { $schema: { type: "string" }, ...schema.properties };
  return JSON.stringify({ $schema, title: "Homeroom deployment", ...schema, properties }, undefined, 2);
}
