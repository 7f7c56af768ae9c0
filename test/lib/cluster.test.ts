import { describe, it } from "@jest/globals";
import { Match } from "aws-cdk-lib/assertions";
import { nodeGroups } from "./node-groups.ts";
import { environments, synthesise } from "./synthesis.ts";

describe("cluster", () => {
  const dev = synthesise(environments.dev).template("cluster");

  it("is Kubernetes 1.36 with standard support and a private endpoint", () => {
    dev.hasResourceProperties("AWS::EKS::Cluster", {
      Version: "1.36",
      UpgradePolicy: { SupportType: "STANDARD" },
      ResourcesVpcConfig: Match.objectLike({ EndpointPrivateAccess: true, EndpointPublicAccess: false }),
    });
  });

  it("encrypts secrets and keeps all five control-plane logs", () => {
    dev.hasResourceProperties("AWS::EKS::Cluster", {
      EncryptionConfig: [{ Resources: ["secrets"], Provider: { KeyArn: Match.anyValue() } }],
      Logging: {
        ClusterLogging: {
          EnabledTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"].map((Type) => ({ Type })),
        },
      },
    });
  });

  it("runs on Auto Mode: compute, disks and load balancers together", () => {
    dev.hasResourceProperties("AWS::EKS::Cluster", {
      ComputeConfig: Match.objectLike({ Enabled: true }),
      StorageConfig: { BlockStorage: { Enabled: true } },
      KubernetesNetworkConfig: Match.objectLike({
        ElasticLoadBalancing: { Enabled: true },
        ServiceIpv4Cidr: "172.20.0.0/16",
      }),
    });
    dev.resourceCountIs("AWS::EKS::Nodegroup", 0);
  });

  it("runs on node groups by configuration", () => {
    const template = synthesise(nodeGroups).template("cluster");
    template.hasResourceProperties("AWS::EKS::Nodegroup", {
      AmiType: "AL2023_ARM_64_STANDARD",
      ScalingConfig: { MinSize: 3, DesiredSize: 3, MaxSize: 6 },
    });
    template.hasResourceProperties("AWS::EKS::Addon", {
      AddonName: "vpc-cni",
      AddonVersion: nodeGroups.cluster.compute.addons.vpcCni,
      ConfigurationValues: JSON.stringify({ enableNetworkPolicy: "true" }),
    });
    template.resourceCountIs("AWS::EKS::Addon", 5);
  });

  it("admits the named roles, and not whoever deployed it", () => {
    dev.hasResourceProperties("AWS::EKS::Cluster", {
      AccessConfig: { AuthenticationMode: "API", BootstrapClusterCreatorAdminPermissions: false },
    });
    dev.hasResourceProperties("AWS::EKS::AccessEntry", {
      PrincipalArn: "arn:aws:iam::111111111111:role/homeroom-operations",
    });
  });

  it("is protected from deletion unless configuration gives a reason", () => {
    dev.hasResourceProperties("AWS::EKS::Cluster", { DeletionProtection: false });
    synthesise(environments.prod)
      .template("cluster")
      .hasResourceProperties("AWS::EKS::Cluster", { DeletionProtection: true });
  });
});
