import { type App, Aspects, Tags } from "aws-cdk-lib";
import { AddonsStack } from "./addons/addons-stack.ts";
import { RegistryStack } from "./addons/registry-stack.ts";
import { AuditStack } from "./audit/audit-stack.ts";
import { BackupStack } from "./backup/backup-stack.ts";
import { RetainedAfterCreation } from "./blocks/retained-after-creation.ts";
import { ClusterStack } from "./cluster/cluster-stack.ts";
import { ControlPlaneLogStack } from "./cluster/control-plane-log-stack.ts";
import type { Deployment } from "./config/schema/deployment.ts";
import { hostsOf } from "./config/schema/edge.ts";
import type { Region } from "./config/schema/region.ts";
import { EdgeStack } from "./edge/edge-stack.ts";
import { NetworkStack } from "./network/network-stack.ts";
import { addAlarms } from "./platform/alarms.ts";
import { addCopies, type Copies } from "./platform/copies.ts";
import { addInstanceStores, addWorkload, type StoredInstance } from "./platform/instances.ts";
import { type ConfiguredRegion, configuredRegion, type RegionContext } from "./platform/region-context.ts";
import { addTenants } from "./platform/tenants.ts";

/** Adds every stack of a deployment. */
export function addPlatform(app: App, deployment: Deployment): void {
  Tags.of(app).add("homeroom:environment", deployment.environment);
  Aspects.of(app).add(new RetainedAfterCreation());
  for (const region of deployment.regions) addRegion(app, deployment, region);
}

/** Adds the stacks of one region. A stack refers only to stacks above it, so that none of them form a circle. */
function addRegion(app: App, deployment: Deployment, region: Region): void {
  const { context, nodes } = addCluster(configuredRegion(app, deployment, region));
  const edge = addEdge(context);
  const copies = addCopies(context);
  const audit = addAudit(context, copies);
  const { shared, tenants } = addInstanceStores(context, audit);
  const instances = [shared, ...tenants];
  const backups = addBackups(context, copies);
  const { topic } = addAlarms(context, { instances, audit, copies, backups, edge });
  const logins = addTenants(context, { loadBalancer: edge.alias, alarmTopic: topic });
  const addons = addAddons(context, { nodes, edge, instances });

  const workload = addWorkload(context, shared, {
    rowsKeyArns: logins.map(({ keyArn }) => keyArn),
    audit: audit.database.securityGroup,
  });
  for (const { stack } of logins) workload.addStackDependency(stack, "Pods mount a tenant's login by name");
  const tenantWorkloads = tenants.map((instance) =>
    addWorkload(context, instance, {
      rowsKeyArns: instance.rows.tenant === undefined ? [shared.secrets.key.keyArn] : [],
    }),
  );
  for (const stack of [workload, ...tenantWorkloads]) {
    stack.addStackDependency(addons, "Superset's objects are of kinds that the add-ons define");
  }
}

type Nodes = Pick<ClusterStack, "nodeRole" | "diskRole">;

/** Adds the network, the registry and the cluster of a region. */
function addCluster(configured: ConfiguredRegion): { readonly context: RegionContext; readonly nodes: Nodes } {
  const { app, deployment, region, naming, databases, stateful, stateless } = configured;
  const { vpc } = new NetworkStack(app, naming.stack("network"), {
    ...stateful("network"),
    naming,
    region,
    network: deployment.network,
    domain: deployment.edge.domain,
    databases,
  });
  new RegistryStack(app, naming.stack("registry"), {
    ...stateful("charts and images"),
    images: deployment.workload.images,
  });
  const controlPlaneLog = new ControlPlaneLogStack(app, naming.stack("control-plane-log"), {
    ...stateful("log of the control plane"),
    naming,
    logDays: deployment.cluster.logDays,
  });
  const clusterStack = new ClusterStack(app, naming.stack("cluster"), {
    ...stateless("Kubernetes"),
    naming,
    cluster: deployment.cluster,
    vpc,
  });
  clusterStack.addStackDependency(controlPlaneLog, "EKS writes into the group that is there, or makes one");
  return { context: { ...configured, vpc, cluster: clusterStack.cluster }, nodes: clusterStack };
}

function addEdge({ app, naming, vpc, edge, cluster, stateful }: RegionContext): EdgeStack {
  return new EdgeStack(app, naming.stack("edge"), {
    ...stateful("the way in"),
    naming,
    vpc,
    edge,
    hosts: hostsOf(edge),
    podsSecurityGroupId: cluster.clusterSecurityGroupId,
  });
}

function addAudit({ app, deployment, naming, vpc, stateful }: RegionContext, copies: Copies): AuditStack {
  const audit = new AuditStack(app, naming.stack("audit"), {
    ...stateful("audit trail"),
    naming,
    audit: deployment.audit,
    logDays: deployment.cluster.logDays,
    copy: copies.audit,
    vpc,
  });
  audit.addStackDependency(copies.auditStack, "S3 replicates into a bucket that exists");
  return audit;
}

function addBackups({ app, deployment, naming, vpc, stateful }: RegionContext, copies: Copies): BackupStack {
  const backups = new BackupStack(app, naming.stack("backup"), {
    ...stateful("backups"),
    naming,
    backups: deployment.backups,
    vpc,
    ...(copies.backups === undefined ? {} : { copy: copies.backups.vault }),
  });
  if (copies.backups !== undefined)
    backups.addStackDependency(copies.backups.stack, "AWS Backup copies into a vault that exists");
  return backups;
}

interface ServedByAddons {
  readonly nodes: Nodes;
  readonly edge: EdgeStack;
  readonly instances: readonly StoredInstance[];
}

function addAddons(context: RegionContext, { nodes, edge: edgeStack, instances }: ServedByAddons): AddonsStack {
  const { app, deployment, naming, vpc, cluster, edge, stateful } = context;
  return new AddonsStack(app, naming.stack("addons"), {
    ...stateful("what runs beside Superset"),
    naming,
    cluster,
    config: deployment.cluster,
    addons: deployment.addons,
    edge,
    vpc,
    diskRole: nodes.diskRole,
    nodeRoleName: nodes.nodeRole?.roleName,
    instances,
    brokerKeyArns: instances.map(({ data }) => data.key.keyArn),
    alarmEmail: deployment.observability.alarmEmail,
    mountRefreshMinutes: deployment.identity.signingKeys.mountRefreshMinutes,
    targetGroupArn: edgeStack.targetGroup.targetGroupArn,
  });
}
