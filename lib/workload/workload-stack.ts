import { Stack, type StackProps } from "aws-cdk-lib";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import type * as eks from "aws-cdk-lib/aws-eks-v2";
import type { Construct } from "constructs";
import { serviceAccounts } from "../../contract/index.ts";
import { quotaManifests } from "../../charts/superset/quota.ts";
import { supersetObjects } from "../../charts/superset/superset.ts";
import { AnalyticsAccess } from "../blocks/analytics-access.ts";
import type { Tenant } from "../config/schema/tenant.ts";
import { DatabaseAccess } from "./database-access.ts";
import { Manifests } from "./manifests.ts";
import { SecretReaders } from "./secret-readers.ts";
import { type SupersetValuesProps, supersetValues } from "./superset-values.ts";

export interface WorkloadStackProps extends StackProps {
  readonly cluster: eks.ICluster;
  /** Security group that the pods' traffic comes from. */
  readonly podsSecurityGroupId: string;
  readonly metadata: ec2.ISecurityGroup;
  readonly cacheGroup: ec2.ISecurityGroup;
  readonly brokerGroup: ec2.ISecurityGroup;
  /**
   * The security group of the audit database, to which collectors beside the pods write; one instance opens it for
   * all. @default closed
   */
  readonly audit?: ec2.ISecurityGroup;
  readonly secretKeyArns: readonly string[];
  readonly vpc: ec2.IVpc;
  /** Opens the way to the analytics database; false when another stack already did. */
  readonly reachesAnalytics: boolean;
  /** The resources that the namespace may use. @default no limit, as for the shared instance */
  readonly quota?: Tenant["quota"];
  readonly superset: SupersetValuesProps;
}

/** The stateless stack of one Superset: its objects in the cluster, and the rules that open the data stores to it. */
export class WorkloadStack extends Stack {
  constructor(scope: Construct, id: string, props: WorkloadStackProps) {
    super(scope, id, props);
    const values = supersetValues(props.superset);
    const { analytics } = props.superset;
    new DatabaseAccess(this, "Access", {
      from: props.podsSecurityGroupId,
      to: [
        { id: "Metadata", securityGroupId: props.metadata.securityGroupId, port: 5432 },
        { id: "Cache", securityGroupId: props.cacheGroup.securityGroupId, port: 6379 },
        { id: "Broker", securityGroupId: props.brokerGroup.securityGroupId, port: 6379 },
        ...(props.audit === undefined
          ? []
          : [{ id: "Audit", securityGroupId: props.audit.securityGroupId, port: 5432 }]),
      ],
    });
    if (props.reachesAnalytics) {
      new AnalyticsAccess(this, "Analytics", { database: analytics, vpc: props.vpc, from: props.podsSecurityGroupId });
    }
    const readers = Object.values(values.tenantDatabases ?? {}).map(({ readerUser }) => readerUser);
    const runtime = [
      values.secretKey,
      values.metadataUser,
      values.analyticsReaderUser,
      values.analyticsAuthorUser,
      values.claimsKey,
      values.cacheRedisPassword,
      values.brokerRedisPassword,
      values.jwks,
      ...readers,
    ].map((secret) => secret.objectName);
    const secretReaders = new SecretReaders(this, "SecretReaders", {
      clusterName: props.cluster.clusterName,
      namespace: values.namespace,
      keyArns: props.secretKeyArns,
      accounts: [
        { id: "App", serviceAccount: serviceAccounts.app, secretNames: runtime },
        {
          id: "Migrate",
          serviceAccount: serviceAccounts.migrate,
          secretNames: [...runtime, values.adminPassword.objectName],
        },
        {
          id: "Tokens",
          serviceAccount: serviceAccounts.tokens,
          secretNames: [values.jwks, values.signingKeys, values.trustStorePassword].map((secret) => secret.objectName),
        },
      ],
    });
    const { namespace, tenant } = values;
    const limits = props.quota === undefined ? [] : quotaManifests({ namespace, tenant, ...props.quota });
    const manifests = new Manifests(this, "Superset", {
      cluster: props.cluster,
      objects: [...supersetObjects(values), ...limits],
    });
    // A pod that starts before its association exists keeps failing to mount its secrets.
    manifests.node.addDependency(secretReaders);
  }
}
