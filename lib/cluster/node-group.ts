import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as eks from "aws-cdk-lib/aws-eks-v2";
import type { Cluster } from "../config/schema/cluster.ts";

type NodeGroups = Extract<Cluster["compute"], { mode: "nodegroups" }>;

export function nodeGroup(cluster: eks.Cluster, compute: NodeGroups, subnets: ec2.SubnetSelection): eks.Nodegroup {
  return cluster.addNodegroupCapacity("Nodes", {
    instanceTypes: [new ec2.InstanceType(compute.instanceType)],
    minSize: compute.nodes,
    maxSize: compute.nodes * 2,
    desiredSize: compute.nodes,
    amiType: eks.NodegroupAmiType.AL2023_ARM_64_STANDARD,
    subnets,
  });
}
