import { type App, Tags } from "aws-cdk-lib";
import { AddonsStack } from "./addons/addons-stack.ts";
import { RegistryStack } from "./addons/registry-stack.ts";
import { AuditCopyStack } from "./audit/audit-copy-stack.ts";
import { AuditStack } from "./audit/audit-stack.ts";
import { BackupCopyStack } from "./backup/backup-copy-stack.ts";
import { BackupStack } from "./backup/backup-stack.ts";
import { ClusterStack } from "./cluster/cluster-stack.ts";
import platform from "../contract/platform.json" with { type: "json" };
import type { Postgres } from "./blocks/postgres.ts";
import { type AnalyticsDatabase, sharedDatabaseId } from "./config/analytics-database.ts";
import { serviceCidr } from "./config/cluster.ts";
import { edgeIn } from "./config/edge.ts";
import type { Deployment } from "./config/deployment.ts";
import type { Region } from "./config/region.ts";
import { isOn } from "./config/protection.ts";
import { copyRegionOf } from "./config/zones.ts";
import { DataStack } from "./data/data-stack.ts";
import type { RotatedDatabase } from "./identity/database-user-rotation.ts";
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
  new RegistryStack(app, naming.stack("registry"), {
    ...kept("charts and images"),
    images: deployment.workload.images,
  });
  const { cluster, nodeRole } = new ClusterStack(app, naming.stack("cluster"), {
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
  const copies = addCopies(app, deployment, naming);
  const audit = new AuditStack(app, naming.stack("audit"), {
    ...kept("audit trail"),
    naming,
    audit: deployment.audit,
    copy: copies.audit,
    vpc,
  });
  audit.addStackDependency(copies.auditStack, "S3 replicates into a bucket that exists");
  const secrets = new IdentityStack(app, naming.stack("identity"), {
    ...kept("keys and secrets"),
    naming,
    identity,
    vpc,
    logDays: deployment.cluster.logDays,
    metadata: rotatedDatabase(data.metadata, data.key.keyArn, platform.databases.metadata),
    audit: rotatedDatabase(audit.database, audit.key.keyArn, platform.databases.audit),
    analytics: rotatedAnalytics(analytics),
  });
  const backups = new BackupStack(app, naming.stack("backup"), {
    ...kept("backups"),
    naming,
    backups: deployment.backups,
    vpc,
    ...(copies.vault === undefined ? {} : { copy: copies.vault }),
  });
  if (copies.vaultStack !== undefined)
    backups.addStackDependency(copies.vaultStack, "AWS Backup copies into a vault that exists");
  const addons = new AddonsStack(app, naming.stack("addons"), {
    ...kept("what runs beside Superset"),
    naming,
    cluster,
    config: deployment.cluster,
    addons: deployment.addons,
    edge: edgeIn(region, deployment.edge),
    vpc,
    nodeRoleName: nodeRole?.roleName,
    instances: [
      { tenant: "shared", naming },
      ...tenants
        .filter(({ isolation }) => isolation === "instance")
        .map(({ id }) => ({ tenant: id, naming: naming.forTenant(id) })),
    ],
    brokerKeyArns: [data.key.keyArn],
    alarmEmail: deployment.observability.alarmEmail,
    mountRefreshMinutes: identity.signingKeys.mountRefreshMinutes,
  });
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
      namespace: naming.namespace,
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
  workload.addStackDependency(addons, "Superset's objects are of kinds that the add-ons define");
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
    archive: {
      bucketName: naming.bucket("audit", account),
      copyBucketName: copies.audit.bucketName,
      ruleId: audit.replicationRule,
    },
    backupVaultName: backups.vaultName,
    rotations: secrets.rotations,
  });
}

function rotatedDatabase(database: Postgres, keyArn: string, name: string): RotatedDatabase {
  return {
    host: database.instance.dbInstanceEndpointAddress,
    port: 5432,
    name,
    securityGroupId: database.securityGroup.securityGroupId,
    admin: { secretArn: database.masterSecretArn, keyArn },
  };
}

function rotatedAnalytics({ administrator, access, host, port, name }: AnalyticsDatabase): RotatedDatabase | undefined {
  if (administrator === undefined || access.mode !== "security-group") return undefined;
  return { host, port, name, securityGroupId: access.securityGroupId, admin: administrator };
}

/** What the second region of the zone holds: two stacks, known to the home region by names alone. */
function addCopies(app: App, { account, environment, residency, audit, backups }: Deployment, naming: Naming) {
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
