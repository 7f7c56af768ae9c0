import { partOf } from "../../../contract/index.ts";
export interface NodesProps {
  /** Name of the nodes' IAM role. */
  readonly roleName: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;
  /** Key of the nodes' own disks. */
  readonly diskKeyArn: string;
}

/**
 * Returns Auto Mode's switch for network policies, and nodes that enforce them. Source: Amazon EKS User Guide, "Use
 * Network Policies with EKS Auto Mode".
 */
export function autoModeNodes(props: NodesProps): object[] {
  return [
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "amazon-vpc-cni", namespace: "kube-system", labels: partOf },
      data: { "enable-network-policy-controller": "true" },
    },
    {
      apiVersion: "eks.amazonaws.com/v1",
      kind: "NodeClass",
      metadata: { name: "homeroom", labels: partOf },
      spec: {
        role: props.roleName,
        subnetSelectorTerms: props.subnetIds.map((id) => ({ id })),
        securityGroupSelectorTerms: [{ id: props.securityGroupId }],
        // Namespaces of our instances deny by a policy of their own; AWS's pods in kube-system have none.
        networkPolicy: "DefaultAllow",
        networkPolicyEventLogs: "Enabled",
        ephemeralStorage: { size: "80Gi", kmsKeyID: props.diskKeyArn },
      },
    },
    {
      apiVersion: "karpenter.sh/v1",
      kind: "NodePool",
      metadata: { name: "homeroom", labels: partOf },
      spec: {
        template: {
          spec: {
            nodeClassRef: { group: "eks.amazonaws.com", kind: "NodeClass", name: "homeroom" },
            requirements: [
              { key: "kubernetes.io/arch", operator: "In", values: ["arm64"] },
              { key: "karpenter.sh/capacity-type", operator: "In", values: ["on-demand"] },
              { key: "eks.amazonaws.com/instance-category", operator: "In", values: ["c", "m", "r"] },
              { key: "eks.amazonaws.com/instance-generation", operator: "Gt", values: ["5"] },
            ],
            expireAfter: "336h",
            terminationGracePeriod: "1h",
          },
        },
        disruption: {
          consolidationPolicy: "WhenEmptyOrUnderutilized",
          consolidateAfter: "5m",
          budgets: [{ nodes: "1" }],
        },
      },
    },
  ];
}
