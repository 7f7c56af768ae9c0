import { type App, Tags } from "aws-cdk-lib";
import { AuditStack } from "./audit/audit-stack.ts";
import { ClusterStack } from "./cluster/cluster-stack.ts";
import { sharedDatabaseId } from "./config/analytics-database.ts";
import { serviceCidr } from "./config/cluster.ts";
import { edgeIn } from "./config/edge.ts";
import type { Deployment } from "./config/deployment.ts";
import type { Region } from "./config/region.ts";
import { DataStack } from "./data/data-stack.ts";
import { IdentityStack } from "./identity/identity-stack.ts";
import { Naming } from "./naming.ts";
import { NetworkStack } from "./network/network-stack.ts";
import { ObservabilityStack } from "./observability/observability-stack.ts";
import { TenantStack } from "./tenant/tenant-stack.ts";
import { TenantsStack } from "./tenant/tenants-stack.ts";
import { WorkloadStack } from "./workload/workload-stack.ts";

/** Every stack of a deployment. Arrows point down this file only. */
export function addPlatform(app: App, deployment: Deployment): void {
  Tags.of(app).add("homeroom:environment", deployment.environment);
  for (const region of deployment.regions) addRegion(app, deployment, region);
}

function addRegion(app: App, deployment: Deployment, region: Region): void {
  const { environment, account, tenants, identity } = deployment;
  const naming = new Naming(environment, region.name);
  const env = { account, region: region.name };
  const rebuilt = (description: string) => ({ env, description: `Homeroom ${environment}: ${description}` });
  const kept = (description: string) => ({ ...rebuilt(description), terminationProtection: true });
  const databases = deployment.analyticsDatabases.filter((database) => database.region === region.name);
  const analytics = databases.find((database) => database.id === sharedDatabaseId);
  if (analytics === undefined)
    throw new Error(`No analytics database in ${region.name}: parseDeployment must refuse this`);

  const { vpc } = new NetworkStack(app, naming.stack("network"), {
    ...kept("network"),
    naming,
    region,
    network: deployment.network,
    databaseHosts: databases.map((database) => database.host),
  });
  const { cluster } = new ClusterStack(app, naming.stack("cluster"), {
    ...rebuilt("Kubernetes"),
    naming,
    cluster: deployment.cluster,
    vpc,
  });
  const data = new DataStack(app, naming.stack("data"), {
    ...kept("Superset's data"),
    naming,
    data: deployment.data,
    vpc,
  });
  const secrets = new IdentityStack(app, naming.stack("identity"), {
    ...kept("keys and secrets"),
    naming,
    identity,
    vpc,
    logDays: deployment.cluster.logDays,
  });
  const audit = new AuditStack(app, naming.stack("audit"), { ...kept("audit trail"), audit: deployment.audit, vpc });
  const workload = new WorkloadStack(app, naming.stack("workload"), {
    ...rebuilt("the shared Superset"),
    cluster,
    podsSecurityGroupId: cluster.clusterSecurityGroupId,
    metadata: data.metadata.securityGroup,
    cacheGroup: data.cache.securityGroup,
    brokerGroup: data.broker.securityGroup,
    secretKeyArns: [secrets.key.keyArn, data.key.keyArn],
    superset: {
      naming,
      account,
      namespace: "superset",
      tenant: "shared",
      edge: edgeIn(region, deployment.edge),
      workload: deployment.workload,
      issuers: identity.issuers,
      frameAncestors: [...new Set(tenants.flatMap((tenant) => tenant.hostProducts))],
      analytics,
      metadataHost: data.metadata.instance.dbInstanceEndpointAddress,
      cache: data.cache.address,
      broker: data.broker.address,
      dataCidrs: vpc.selectSubnets({ subnetGroupName: "data" }).subnets.map((subnet) => subnet.ipv4CidrBlock),
      serviceCidr,
    },
  });
  workload.addStackDependency(secrets, "Pods mount secrets by name");
  addTenants(app, deployment, naming, rebuilt, kept);
  new ObservabilityStack(app, naming.stack("observability"), {
    ...rebuilt("alarms"),
    naming,
    observability: deployment.observability,
    databases: [
      { name: "metadata", identifier: data.metadata.instance.instanceIdentifier },
      { name: "audit", identifier: audit.database.instance.instanceIdentifier },
    ],
    redis: [
      { name: "cache", replicationGroupId: data.cache.group.ref },
      { name: "broker", replicationGroupId: data.broker.group.ref },
    ],
    rotation: {
      functionName: secrets.rotation.function.functionName,
      deadLetterQueueName: secrets.rotation.deadLetters.queueName,
    },
  });
}

type StackBasics = (description: string) => { env: { account: string; region: string }; description: string };

function addTenants(app: App, deployment: Deployment, naming: Naming, rebuilt: StackBasics, kept: StackBasics): void {
  const { tenants, identity, observability } = deployment;
  const sharing = tenants.filter((tenant) => tenant.isolation === "shared");
  if (sharing.length > 0) {
    new TenantsStack(app, naming.stack("tenants"), {
      ...rebuilt("tenants that share"),
      naming,
      tenants: sharing,
      issuers: identity.issuers,
    });
  }
  for (const tenant of tenants.filter(({ isolation }) => isolation !== "shared")) {
    const stack = new TenantStack(app, naming.stack(`tenant-${tenant.id}`), {
      ...kept(`tenant ${tenant.id}`),
      naming,
      tenant,
      alarmEmail: observability.alarmEmail,
    });
    Tags.of(stack).add("homeroom:tenant", tenant.id);
  }
}
