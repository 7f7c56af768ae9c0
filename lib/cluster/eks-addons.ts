import * as eks from "aws-cdk-lib/aws-eks";
import * as iam from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import type { Cluster } from "../config/schema/cluster.ts";
import { acknowledge, managedPolicy } from "../checks/findings/acknowledge.ts";

type Versions = Extract<Cluster["compute"], { mode: "nodegroups" }>["addons"];

/**
 * Installs what Auto Mode has built in and node groups need, each at the version that configuration pins. Returns the
 * role that makes disks.
 */
export function eksAddons(scope: Construct, clusterName: string, versions: Versions): iam.Role {
  const diskRole = new iam.Role(scope, "EbsCsiRole", {
    description: "Service account kube-system/ebs-csi-controller-sa",
    assumedBy: new iam.SessionTagsPrincipal(new iam.ServicePrincipal("pods.eks.amazonaws.com")),
    managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName("service-role/AmazonEBSCSIDriverPolicy")],
  });
  acknowledge(diskRole, {
    reason: "AWS keeps this policy in step with its own driver; it acts on volumes that carry the driver's tag alone",
    solutions: [managedPolicy("service-role/AmazonEBSCSIDriverPolicy")],
  });
  const addon = (id: string, addonName: string, addonVersion: string, more: Partial<eks.CfnAddonProps> = {}): void => {
    new eks.CfnAddon(scope, id, { clusterName, addonName, addonVersion, resolveConflicts: "OVERWRITE", ...more });
  };
  // Without this value a NetworkPolicy is accepted and enforces nothing.
  const enforced = JSON.stringify({ enableNetworkPolicy: "true" });
  addon("VpcCni", "vpc-cni", versions.vpcCni, { configurationValues: enforced });
  addon("KubeProxy", "kube-proxy", versions.kubeProxy);
  addon("CoreDns", "coredns", versions.coreDns);
  addon("PodIdentityAgent", "eks-pod-identity-agent", versions.podIdentityAgent);
  addon("EbsCsi", "aws-ebs-csi-driver", versions.ebsCsi, {
    podIdentityAssociations: [{ serviceAccount: "ebs-csi-controller-sa", roleArn: diskRole.roleArn }],
  });
  return diskRole;
}
