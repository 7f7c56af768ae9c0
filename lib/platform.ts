import identifiers from "../content/dashboards/identifiers.json" with { type: "json" };
import { type App, Aspects, type Stack, Tags } from "aws-cdk-lib";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import type * as eks from "aws-cdk-lib/aws-eks-v2";
import type * as sns from "aws-cdk-lib/aws-sns";
import { AddonsStack } from "./addons/addons-stack.ts";
import { RegistryStack } from "./addons/registry-stack.ts";
import { AuditCopyStack } from "./audit/audit-copy-stack.ts";
import { AuditStack } from "./audit/audit-stack.ts";
import { BackupCopyStack } from "./backup/backup-copy-stack.ts";
import { BackupStack } from "./backup/backup-stack.ts";
import platform from "../contract/platform.json" with { type: "json" };
import type { AliasRecordsProps } from "./blocks/alias-records.ts";
import type { RotatedDatabase } from "./blocks/database-user-rotation.ts";
import { KeptOnceMade } from "./blocks/kept-once-made.ts";
import { ownDatabase, productDatabase } from "./blocks/rotated-database.ts";
import { ControlPlaneLogStack } from "./cluster/control-plane-log-stack.ts";
import { ClusterStack } from "./cluster/cluster-stack.ts";
import type { AnalyticsDatabase } from "./config/schema/analytics-database.ts";
import { serviceCidr } from "./config/schema/cluster.ts";
import { type Edge, edgeIn, hostsIn, hostsOf } from "./config/schema/edge.ts";
import type { Deployment } from "./config/schema/deployment.ts";
import type { Region } from "./config/schema/region.ts";
import { countsCosts } from "./cost/cost-region.ts";
import { isOn } from "./config/schema/protection.ts";
import { copyRegionOf } from "./config/schema/zones.ts";
import { DataStack } from "./data/data-stack.ts";
import { EdgeStack } from "./edge/edge-stack.ts";
import { IdentityStack } from "./identity/identity-stack.ts";
import { Naming } from "./naming.ts";
import { NetworkStack } from "./network/network-stack.ts";
import { ObservabilityStack } from "./observability/observability-stack.ts";
import { type TenantDatabase, TenantStack } from "./tenant/tenant-stack.ts";
import { tenantGroups, TenantsStack } from "./tenant/tenants-stack.ts";
import { databaseOf, type Instance, ownInstance, sharedInstance } from "./workload/instance.ts";
import { WorkloadStack } from "./workload/workload-stack.ts";

/** Every stack of a deployment. Arrows point down this file only. */
export function addPlatform(app: App, deployment: Deployment): void {
  Tags.of(app).add("homeroom:environment", deployment.environment);
  Aspects.of(app).add(new KeptOnceMade());
  for (const region of deployment.regions) addRegion(app, deployment, region);
}

function addRegion(app: App, deployment: Deployment, region: Region): void {
  const { environment, account, observability, tenants } = deployment;
  const naming = new Naming(environment, region.name);
  const env = { account, region: region.name };
  const rebuilt = (description: string) => ({ env, description: `Homeroom ${environment}: ${description}` });
  const kept = (description: string) => ({ ...rebuilt(description), terminationProtection: true });
  const databases = deployment.analyticsDatabases.filter((database) => database.region === region.name);

  const { vpc } = new NetworkStack(app, naming.stack("network"), {
    ...kept("network"),
    naming,
    region,
    network: deployment.network,
    domain: deployment.edge.domain,
    databases,
  });
  new RegistryStack(app, naming.stack("registry"), {
    ...kept("charts and images"),
    images: deployment.workload.images,
  });
  const controlPlaneLog = new ControlPlaneLogStack(app, naming.stack("control-plane-log"), {
    ...kept("log of the control plane"),
    naming,
    logDays: deployment.cluster.logDays,
  });
  const ground = new ClusterStack(app, naming.stack("cluster"), {
    ...rebuilt("Kubernetes"),
    naming,
    cluster: deployment.cluster,
    vpc,
  });
  ground.addStackDependency(controlPlaneLog, "EKS writes into the group that is there, or makes one");
  const { cluster, nodeRole, diskRole } = ground;
  const edge = edgeIn(region, deployment.edge);
  const entrance = new EdgeStack(app, naming.stack("edge"), {
    ...kept("the way in"),
    naming,
    vpc,
    edge,
    hosts: hostsOf(edge),
    podsSecurityGroupId: cluster.clusterSecurityGroupId,
  });
  const place: Place = { app, deployment, region, naming, edge, vpc, cluster, databases, rebuilt, kept };
  const copies = addCopies(place);
  const audit = new AuditStack(app, naming.stack("audit"), {
    ...kept("audit trail"),
    naming,
    audit: deployment.audit,
    logDays: deployment.cluster.logDays,
    copy: copies.audit,
    vpc,
  });
  audit.addStackDependency(copies.auditStack, "S3 replicates into a bucket that exists");
  const trail = ownDatabase(audit.database, audit.key.keyArn, platform.databases.audit);
  const shared = addStores(place, sharedInstance(place), trail);
  const own = tenants
    .filter(({ isolation }) => isolation === "instance")
    .map((tenant) => addStores(place, ownInstance(place, tenant), undefined));
  const backups = new BackupStack(app, naming.stack("backup"), {
    ...kept("backups"),
    naming,
    backups: deployment.backups,
    vpc,
    ...(copies.vault === undefined ? {} : { copy: copies.vault }),
  });
  if (copies.vaultStack !== undefined)
    backups.addStackDependency(copies.vaultStack, "AWS Backup copies into a vault that exists");
  const stores = [shared, ...own];
  const { topic } = new ObservabilityStack(app, naming.stack("observability"), {
    ...rebuilt("alarms"),
    naming,
    observability,
    countsCosts: countsCosts(deployment, region),
    databases: [
      ...stores.map(({ naming: { tenant }, data }) => ({
        name: "metadata",
        tenant,
        identifier: data.metadata.instance.instanceIdentifier,
      })),
      { name: "audit", tenant: undefined, identifier: audit.database.instance.instanceIdentifier },
    ],
    redis: stores.flatMap(({ naming: { tenant }, data }) => [
      { name: "cache", tenant, nodes: data.cache.nodes },
      { name: "broker", tenant, nodes: data.broker.nodes },
    ]),
    archive: {
      bucketName: naming.bucket("audit", account),
      copyBucketName: copies.audit.bucketName,
      ruleId: audit.replicationRule,
    },
    backupVaultName: backups.vaultName,
    edge: {
      loadBalancer: entrance.loadBalancer.loadBalancerFullName,
      targetGroup: entrance.targetGroup.targetGroupFullName,
    },
    rotations: stores.flatMap(({ naming: { tenant }, secrets }) =>
      secrets.rotations.map((rotation) => ({ ...rotation, tenant })),
    ),
  });
  const attached = addTenants(place, entrance.alias, topic);
  const instances = [
    { ...shared, rowsKeyArns: attached.map(({ keyArn }) => keyArn) },
    ...own.map((instance) => ({
      ...instance,
      rowsKeyArns: instance.rows.tenant === undefined ? [shared.secrets.key.keyArn] : [],
    })),
  ];
  const addons = new AddonsStack(app, naming.stack("addons"), {
    ...kept("what runs beside Superset"),
    naming,
    cluster,
    config: deployment.cluster,
    addons: deployment.addons,
    edge,
    vpc,
    diskRole,
    nodeRoleName: nodeRole?.roleName,
    instances,
    brokerKeyArns: instances.map(({ data }) => data.key.keyArn),
    alarmEmail: observability.alarmEmail,
    mountRefreshMinutes: deployment.identity.signingKeys.mountRefreshMinutes,
    targetGroupArn: entrance.targetGroup.targetGroupArn,
  });
  for (const instance of instances) {
    const workload = addWorkload(
      place,
      instance,
      instance.tenant === "shared" ? audit.database.securityGroup : undefined,
    );
    workload.addStackDependency(addons, "Superset's objects are of kinds that the add-ons define");
    if (instance.tenant !== "shared") continue;
    for (const { stack } of attached) workload.addStackDependency(stack, "Pods mount a tenant's login by name");
  }
}

/** What every stack of one region is built from. */
interface Place {
  readonly app: App;
  readonly deployment: Deployment;
  readonly region: Region;
  readonly naming: Naming;
  readonly edge: Edge;
  readonly vpc: ec2.IVpc;
  readonly cluster: eks.ICluster;
  readonly databases: readonly AnalyticsDatabase[];
  readonly rebuilt: StackBasics;
  readonly kept: StackBasics;
}

interface Stores {
  readonly data: DataStack;
  readonly secrets: IdentityStack;
}

/** What an instance keeps. */
function addStores(place: Place, instance: Instance, audit: RotatedDatabase | undefined): Instance & Stores {
  const { app, deployment, vpc, kept } = place;
  const { naming, title, analytics, rows } = instance;
  const data = new DataStack(app, naming.stack("data"), {
    ...kept(`data of ${title}`),
    naming,
    data: deployment.data,
    logDays: deployment.cluster.logDays,
    vpc,
  });
  const secrets = new IdentityStack(app, naming.stack("identity"), {
    ...kept(`keys and secrets of ${title}`),
    naming,
    identity: instance.identity,
    vpc,
    logDays: deployment.cluster.logDays,
    metadata: ownDatabase(data.metadata, data.key.keyArn, platform.databases.metadata),
    audit,
    analytics: rows === naming ? productDatabase(analytics) : undefined,
  });
  tagTenant([data, secrets], naming);
  return { ...instance, data, secrets };
}

/** What of an instance runs in the cluster. */
function addWorkload(
  place: Place,
  instance: Instance & Stores & { readonly rowsKeyArns: readonly string[] },
  audit: ec2.ISecurityGroup | undefined,
): WorkloadStack {
  const { app, deployment, vpc, cluster, edge, rebuilt } = place;
  const { naming, title, data, secrets } = instance;
  const workload = new WorkloadStack(app, naming.stack("workload"), {
    ...rebuilt(title),
    cluster,
    vpc,
    podsSecurityGroupId: cluster.clusterSecurityGroupId,
    metadata: data.metadata.securityGroup,
    cacheGroup: data.cache.securityGroup,
    brokerGroup: data.broker.securityGroup,
    ...(audit === undefined ? {} : { audit }),
    reachesAnalytics: instance.reachesAnalytics,
    quota: instance.quota,
    secretKeyArns: [secrets.key.keyArn, data.key.keyArn, ...instance.rowsKeyArns],
    superset: {
      ...instance,
      account: deployment.account,
      namespace: naming.namespace,
      edge,
      dashboards: identifiers.dashboards,
      metadataHost: data.metadata.instance.dbInstanceEndpointAddress,
      cache: data.cache.address,
      broker: data.broker.address,
      dataCidrs: vpc.selectSubnets({ subnetGroupName: "data" }).subnets.map((subnet) => subnet.ipv4CidrBlock),
      serviceCidr,
    },
  });
  workload.addStackDependency(secrets, "Pods mount secrets by name");
  tagTenant([workload], naming);
  return workload;
}

/** What the second region of the zone holds: two stacks, known to the home region by names alone. */
function addCopies({ app, deployment, naming }: Place) {
  const { account, environment, residency, audit, backups } = deployment;
  const region = copyRegionOf(residency, naming.region);
  const there = new Naming(environment, region);
  const kept = (description: string) => ({
    env: { account, region },
    description: `Homeroom ${environment}: ${description} of ${naming.region}`,
    terminationProtection: true,
  });
  const copy = {
    region,
    bucketName: naming.auditCopyBucket(account),
    keyAlias: naming.keyAlias("audit-copy"),
  };
  const auditStack = new AuditCopyStack(app, there.stack("audit-copy"), {
    ...kept("copy of the audit archive"),
    copy,
    lockDays: audit.lockDays,
  });
  if (!isOn(backups.copy)) return { audit: copy, auditStack };
  const vaultName = naming.copiesVault;
  const vaultStack = new BackupCopyStack(app, there.stack("backup-copy"), {
    ...kept("copies of the backups"),
    vaultName,
    backups,
  });
  return { audit: copy, auditStack, vault: { region, vaultName }, vaultStack };
}

type StackBasics = (description: string) => { env: { account: string; region: string }; description: string };

interface AttachedTenant {
  readonly stack: TenantStack;
  /** Encrypts the login. */
  readonly keyArn: string;
}

/** What tenants have beside the Superset that serves them; returns what holds the logins in their own databases. */
function addTenants(place: Place, alias: AliasRecordsProps["target"], alarmTopic: sns.ITopic): AttachedTenant[] {
  const { app, deployment, region, naming, databases, rebuilt, kept } = place;
  const { tenants, identity, observability, edge } = deployment;
  const attached: AttachedTenant[] = [];
  const records = (hosts: readonly string[]): AliasRecordsProps => ({
    hostedZoneId: edge.hostedZoneId,
    hosts: hostsIn(region, deployment.regions, edge, hosts),
    target: alias,
  });
  const groups = tenantGroups(tenants.filter(({ isolation }) => isolation === "shared"));
  let first: TenantsStack | undefined;
  for (const [name, sharing] of groups) {
    const stack = new TenantsStack(app, naming.stack(name), {
      ...rebuilt("tenants that share"),
      naming,
      tenants: sharing,
      issuers: identity.issuers,
      records: records(sharing.flatMap(({ hostnames }) => hostnames)),
    });
    if (first !== undefined)
      stack.addStackDependency(first, "A tenant's names are given up there before they are taken");
    first ??= stack;
  }
  for (const tenant of tenants.filter(({ isolation }) => isolation !== "shared")) {
    const own = tenant.isolation === "instance" ? ownInstance(place, tenant) : undefined;
    const hosts = own === undefined ? tenant.hostnames : [...own.hosts.embed, own.hosts.studio, own.hosts.tokens];
    const stack = new TenantStack(app, naming.stack(`tenant-${tenant.id}`), {
      ...(own === undefined ? kept : rebuilt)(`tenant ${tenant.id}`),
      naming,
      tenant,
      records: records(hosts),
      alarmEmail: observability.alarmEmail,
      countsCosts: countsCosts(deployment, region),
      ...(tenant.isolation === "database" && tenant.database !== undefined
        ? { database: attachedDatabase(place, databaseOf(databases, tenant.database), alarmTopic) }
        : {}),
    });
    tagTenant([stack], naming.forTenant(tenant.id));
    if (stack.key !== undefined) attached.push({ stack, keyArn: stack.key.keyArn });
  }
  return attached;
}

function attachedDatabase(
  { deployment, vpc, cluster }: Place,
  analytics: AnalyticsDatabase,
  alarmTopic: sns.ITopic,
): TenantDatabase {
  const database = productDatabase(analytics);
  const { logDays } = deployment.cluster;
  const everyDays = deployment.identity.databaseUsers.rotateEveryDays;
  return {
    analytics,
    vpc,
    podsSecurityGroupId: cluster.clusterSecurityGroupId,
    rotation: database === undefined ? undefined : { database, everyDays, logDays, alarmTopic },
  };
}

/** By these tags costs are told apart. */
function tagTenant(stacks: readonly Stack[], { tenant }: Naming): void {
  if (tenant === undefined) return;
  for (const stack of stacks) Tags.of(stack).add("homeroom:tenant", tenant);
}
