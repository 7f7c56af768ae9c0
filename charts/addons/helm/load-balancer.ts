import { type MirroredImage, pinned } from "./chart-source.ts";

export interface LoadBalancerValuesProps {
  readonly image: MirroredImage;
  readonly clusterName: string;
  readonly region: string;
  readonly vpcId: string;
  readonly replicas: number;
}

/** Values for the AWS Load Balancer Controller 3.5.0; Auto Mode has one built in. */
export function loadBalancerValues(props: LoadBalancerValuesProps): Record<string, unknown> {
  const { repository, digest } = pinned(props.image, "loadBalancerValues.image");
  return {
    image: { repository, tag: `pinned@${digest}` },
    clusterName: props.clusterName,
    region: props.region,
    vpcId: props.vpcId,
    replicaCount: props.replicas,
    serviceAccount: { create: true, name: "aws-load-balancer-controller" },
    enableServiceMutatorWebhook: false,
    createIngressClassResource: false,
    ingressClassParams: { create: false },
  };
}
