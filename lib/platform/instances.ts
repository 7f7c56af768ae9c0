import type * as ec2 from "aws-cdk-lib/aws-ec2";
import { embeddedDashboards } from "../../contract/dashboards.ts";
import { platform } from "../../contract/index.ts";
import type { AuditStack } from "../audit/audit-stack.ts";
import type { RotatedDatabase } from "../blocks/database-user-rotation.ts";
import { productDatabase, provisionedDatabase } from "../blocks/rotated-database.ts";
import { serviceCidr } from "../config/schema/cluster.ts";
import { DataStack } from "../data/data-stack.ts";
import { IdentityStack } from "../identity/identity-stack.ts";
import { type Instance, sharedInstance, tenantInstance } from "../workload/instance.ts";
import { WorkloadStack } from "../workload/workload-stack.ts";
import { type RegionContext, tagTenant } from "./region-context.ts";

/** An instance with its stateful stacks. */
export interface StoredInstance extends Instance {
  readonly data: DataStack;
  readonly secrets: IdentityStack;
}

/** Adds the stateful stacks of every instance of a region: the shared one, and one for each tenant with an instance. */
export function addInstanceStores(
  context: RegionContext,
  audit: AuditStack,
): { readonly shared: StoredInstance; readonly tenants: readonly StoredInstance[] } {
  const auditDatabase = provisionedDatabase(audit.database, audit.key.keyArn, platform.databases.audit);
  return {
    shared: addStores(context, sharedInstance(context), auditDatabase),
    tenants: context.deployment.tenants
      .filter(({ isolation }) => isolation === "instance")
      .map((tenant) => addStores(context, tenantInstance(context, tenant), undefined)),
  };
}

function addStores(context: RegionContext, instance: Instance, audit: RotatedDatabase | undefined): StoredInstance {
  const { app, deployment, vpc, stateful } = context;
  const { naming, title, analytics, rows } = instance;
  const data = new DataStack(app, naming.stack("data"), {
    ...stateful(`data of ${title}`),
    naming,
    data: deployment.data,
    logDays: deployment.cluster.logDays,
    vpc,
  });
  const secrets = new IdentityStack(app, naming.stack("identity"), {
    ...stateful(`keys and secrets of ${title}`),
    naming,
    identity: instance.identity,
    vpc,
    logDays: deployment.cluster.logDays,
    metadata: provisionedDatabase(data.metadata, data.key.keyArn, platform.databases.metadata),
    audit,
    analytics: rows === naming ? productDatabase(analytics) : undefined,
  });
  tagTenant([data, secrets], naming);
  return { ...instance, data, secrets };
}

export interface WorkloadProps {
  /** Keys of the secrets that open the analytics databases, where other stacks own them. */
  readonly rowsKeyArns: readonly string[];
  /** The security group of the audit database; one instance opens it for all. */
  readonly audit?: ec2.ISecurityGroup;
}

/** Adds the stateless stack of an instance: its objects in the cluster. */
export function addWorkload(context: RegionContext, instance: StoredInstance, props: WorkloadProps): WorkloadStack {
  const { app, deployment, vpc, cluster, edge, stateless } = context;
  const { naming, title, data, secrets } = instance;
  const { rowsKeyArns, ...access } = props;
  const workload = new WorkloadStack(app, naming.stack("workload"), {
    ...stateless(title),
    ...access,
    cluster,
    vpc,
    podsSecurityGroupId: cluster.clusterSecurityGroupId,
    metadata: data.metadata.securityGroup,
    cacheGroup: data.cache.securityGroup,
    brokerGroup: data.broker.securityGroup,
    reachesAnalytics: instance.reachesAnalytics,
    quota: instance.quota,
    secretKeyArns: [secrets.key.keyArn, data.key.keyArn, ...rowsKeyArns],
    superset: {
      ...instance,
      account: deployment.account,
      namespace: naming.namespace,
      edge,
      dashboards: embeddedDashboards(),
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
