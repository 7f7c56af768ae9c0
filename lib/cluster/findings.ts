import { Validations } from "aws-cdk-lib";
import type { Role } from "aws-cdk-lib/aws-iam";
import type { Cluster } from "aws-cdk-lib/aws-eks-v2";
import { acknowledge, inlinePolicy, managedPolicy } from "../checks/findings/acknowledge.ts";

const controlPlane = [
  "AmazonEKSClusterPolicy",
  "AmazonEKSComputePolicy",
  "AmazonEKSBlockStoragePolicy",
  "AmazonEKSLoadBalancingPolicy",
  "AmazonEKSNetworkingPolicy",
];
const nodes = ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryReadOnly", "AmazonEKS_CNI_Policy"];
const kubectl = [
  "AmazonEC2ContainerRegistryReadOnly",
  "service-role/AWSLambdaBasicExecutionRole",
  "service-role/AWSLambdaVPCAccessExecutionRole",
];
// CDK writes the condition into the name of the policy, so the id carries it whole.
const publicRegistry =
  'IAM4[Policy::{"Fn::If":["ClusterKubectlProviderHandlerHasEcrPublic69E09706",{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},":iam::aws:policy/AmazonElasticContainerRegistryPublicReadOnly"]]},{"Ref":"AWS::NoValue"}]}]';

/** Acknowledges findings in constructs that aws-eks-v2 makes and gives no way to change. */
export function explainCluster(cluster: Cluster): void {
  acknowledge(cluster, {
    reason: "EKS requires these AWS managed policies by name on the roles of the cluster and its nodes",
    solutions: [...controlPlane, ...nodes].map(managedPolicy),
  });
  acknowledge(cluster, {
    reason: "The kubectl functions of aws-eks-v2 read images and write logs with the policies that CDK gives them",
    solutions: [...kubectl.map(managedPolicy), publicRegistry],
  });
  acknowledge(cluster, {
    reason: "CDK pins the runtime of its kubectl function to what the kubectl layer is built for",
    solutions: ["L1"],
  });
  acknowledge(cluster, {
    reason: "The framework may invoke any version of the one kubectl function, nothing else",
    solutions: ["IAM5[Resource::<ClusterKubectlProviderHandler2E05C68A.Arn>:*]"],
  });
  acknowledge(cluster, inlinePolicy);
  acknowledge(cluster, {
    reason: "CloudFormation calls the function during a deploy only, waits for its answer and shows its failure",
    controls: ["LambdaConcurrency", "LambdaDLQ"],
  });
  acknowledge(cluster, {
    reason: "CDK makes the log groups; they hold manifests without secrets and are encrypted with the service's key",
    controls: ["CloudWatchLogGroupEncrypted"],
  });
  Validations.of(cluster).acknowledge(
    {
      id: "CloudFormation-Validate::W9009",
      reason: "aws-eks-v2 writes the property; EKS encrypts secrets with the key as before",
    },
    {
      id: "Annotation::@aws-cdk/aws-eks:isolatedSubnetsForKubectlPrivateSubnets",
      reason: "The network has endpoints for STS, EKS, ECR, S3, Lambda and Logs; without egress that is the only way",
    },
  );
}

export function explainNodeRole(role: Role): void {
  acknowledge(role, {
    reason: "EKS asks for these two policies by name; they let a node register and pull images, nothing else",
    solutions: ["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"].map(managedPolicy),
  });
}
