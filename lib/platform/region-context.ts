import { type App, type Stack, Tags } from "aws-cdk-lib";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import type * as eks from "aws-cdk-lib/aws-eks-v2";
import type { AnalyticsDatabase } from "../config/schema/analytics-database.ts";
import type { Deployment } from "../config/schema/deployment.ts";
import { type Edge, edgeIn } from "../config/schema/edge.ts";
import type { Region } from "../config/schema/region.ts";
import { Naming } from "../naming.ts";

/** Props that every stack of a region has: its account and region, and what it is for. */
export interface StackBasics {
  readonly env: { readonly account: string; readonly region: string };
  readonly description: string;
  readonly terminationProtection?: boolean;
}

/** The configuration and the names of one region, before any stack of it. */
export interface ConfiguredRegion {
  readonly app: App;
  readonly deployment: Deployment;
  readonly region: Region;
  readonly naming: Naming;
  readonly edge: Edge;
  /** The analytics databases of this region. */
  readonly databases: readonly AnalyticsDatabase[];
  /** Basics of a stack that can be deleted and deployed again without loss. */
  readonly stateless: (description: string) => StackBasics;
  /** Basics of a stack whose resources hold data: CloudFormation refuses to delete it. */
  readonly stateful: (description: string) => StackBasics;
}

/** The context that every stack of one region is built from: configuration, names, network and cluster. */
export interface RegionContext extends ConfiguredRegion {
  readonly vpc: ec2.IVpc;
  readonly cluster: eks.ICluster;
}

export function configuredRegion(app: App, deployment: Deployment, region: Region): ConfiguredRegion {
  const { environment, account, analyticsDatabases, edge } = deployment;
  const stateless = (description: string): StackBasics => ({
    env: { account, region: region.name },
    description: `Homeroom ${environment}: ${description}`,
  });
  return {
    app,
    deployment,
    region,
    naming: new Naming(environment, region.name),
    edge: edgeIn(region, edge),
    databases: analyticsDatabases.filter((database) => database.region === region.name),
    stateless,
    stateful: (description) => ({ ...stateless(description), terminationProtection: true }),
  };
}

/** Tags the stacks of a tenant, so that costs can be told apart by tenant; what tenants share has no such tag. */
export function tagTenant(stacks: readonly Stack[], { tenant }: Naming): void {
  if (tenant === undefined) return;
  for (const stack of stacks) Tags.of(stack).add("homeroom:tenant", tenant);
}
