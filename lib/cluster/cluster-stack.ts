import { KubectlV36Layer } from "@aws-cdk/lambda-layer-kubectl-v36";
import { CfnResource, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import * as eks from "aws-cdk-lib/aws-eks-v2";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import { type Cluster, serviceCidr } from "../config/schema/cluster.ts";
import { isOn } from "../config/schema/protection.ts";
import type { Naming } from "../naming.ts";
import { eksAddons } from "./eks-addons.ts";
import { explainCluster, explainNodeRole } from "./findings.ts";
import { nodeGroup } from "./node-group.ts";

export interface ClusterStackProps extends StackProps {
  readonly naming: Naming;
  readonly cluster: Cluster;
  readonly vpc: ec2.IVpc;
}

const allLogs = [
  eks.ClusterLoggingTypes.API,
  eks.ClusterLoggingTypes.AUDIT,
  eks.ClusterLoggingTypes.AUTHENTICATOR,
  eks.ClusterLoggingTypes.CONTROLLER_MANAGER,
  eks.ClusterLoggingTypes.SCHEDULER,
];

export class ClusterStack extends Stack {
  readonly cluster: eks.ICluster;
  /** The role of Auto Mode's nodes, those of our own NodeClass included; undefined with node groups. */
  readonly nodeRole: iam.Role | undefined;
  /**
   * The role that makes the disks of nodes and volumes: the cluster's in Auto Mode, the driver's beside node groups.
   */
  readonly diskRole: iam.IRole;

  constructor(scope: Construct, id: string, props: ClusterStackProps) {
    super(scope, id, props);
    const workload = { subnetGroupName: "workload" };
    const { compute } = props.cluster;
    // The key cannot be added to a cluster later, and without it etcd's secrets are unreadable for good.
    const secretsKey = new kms.Key(this, "SecretsKey", {
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
      description: "Kubernetes secrets in etcd",
    });
    this.nodeRole = compute.mode === "auto" ? this.#nodeRole() : undefined;
    const cluster = new eks.Cluster(this, "Cluster", {
      clusterName: props.naming.cluster,
      version: eks.KubernetesVersion.of(props.cluster.kubernetes),
      vpc: props.vpc,
      vpcSubnets: [workload],
      serviceIpv4Cidr: serviceCidr,
      endpointAccess: eks.EndpointAccess.PRIVATE,
      secretsEncryptionKey: secretsKey,
      clusterLogging: allLogs,
      bootstrapClusterCreatorAdminPermissions: false,
      outputConfigCommand: false,
      ...(compute.mode === "auto"
        ? {
            defaultCapacityType: eks.DefaultCapacityType.AUTOMODE,
            // AWS's general-purpose pool would run pods on nodes without our disk key and policy log.
            compute: { nodePools: ["system"], ...(this.nodeRole && { nodeRole: this.nodeRole }) },
          }
        : { defaultCapacityType: eks.DefaultCapacityType.NODEGROUP, defaultCapacity: 0 }),
      kubectlProviderOptions: {
        kubectlLayer: new KubectlV36Layer(this, "Kubectl"),
        privateSubnets: props.vpc.selectSubnets(workload).subnets,
      },
    });
    if (compute.mode === "nodegroups") {
      nodeGroup(cluster, compute, workload);
      this.diskRole = eksAddons(this, cluster.clusterName, compute.addons);
    } else this.diskRole = cluster.role;
    explainCluster(cluster);
    // Under exactOptionalPropertyTypes the class of CDK 2.276 no longer fits its own interface.
    this.cluster = cluster as eks.ICluster;
    this.#admit(cluster, props.cluster.adminRoles);
    this.#finish(cluster, props.cluster);
  }

  #nodeRole(): iam.Role {
    const role = new iam.Role(this, "NodeRole", {
      description: "Nodes of Auto Mode",
      assumedBy: new iam.ServicePrincipal("ec2.amazonaws.com"),
      managedPolicies: ["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"].map((name) =>
        iam.ManagedPolicy.fromAwsManagedPolicyName(name),
      ),
    });
    explainNodeRole(role);
    return role;
  }

  #admit(cluster: eks.Cluster, roles: readonly string[]): void {
    for (const role of roles) {
      cluster.grantAccess(`Admin-${role}`, `arn:aws:iam::${this.account}:role/${role}`, [
        eks.AccessPolicy.fromAccessPolicyName("AmazonEKSClusterAdminPolicy", {
          accessScopeType: eks.AccessScopeType.CLUSTER,
        }),
      ]);
    }
  }

  // These have no L2 property. Without STANDARD, AWS bills extended support silently.
  #finish(cluster: eks.Cluster, config: Cluster): void {
    const resource = cluster.node.defaultChild;
    if (!(resource instanceof CfnResource))
      throw new Error("aws-eks-v2 no longer has a default child: check the CDK upgrade");
    resource.addPropertyOverride("UpgradePolicy", { SupportType: "STANDARD" });
    resource.addPropertyOverride("DeletionProtection", isOn(config.deletionProtection));
    resource.addPropertyOverride("ZonalShiftConfig", { Enabled: true });
  }
}
