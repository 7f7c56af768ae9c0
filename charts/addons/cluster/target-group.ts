import { ingressNamespace, partOf } from "../../../contract/index.ts";
export interface TargetGroupProps {
  readonly compute: "auto" | "nodegroups";
  readonly targetGroupArn: string;
  /** Port of the controller's Service that the target group's listener leads to. */
  readonly port: number;
  readonly name: string;
}

/** Pods of the ingress controller join a target group that CloudFormation made, so the load balancer outlives the cluster. */
export function targetGroupBinding({ compute, targetGroupArn, port, name }: TargetGroupProps): object {
  return {
    apiVersion: compute === "auto" ? "eks.amazonaws.com/v1" : "elbv2.k8s.aws/v1beta1",
    kind: "TargetGroupBinding",
    metadata: { name, namespace: ingressNamespace, labels: partOf },
    spec: {
      serviceRef: { name: "nginx-ingress-controller", port },
      targetGroupARN: targetGroupArn,
      targetType: "ip",
    },
  };
}
