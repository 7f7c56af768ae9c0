import { type MirroredImage, pinned } from "./chart-source.ts";

export interface MetricsServerValuesProps {
  readonly image: MirroredImage;
  readonly replicas: number;
}

/** Values for the metrics server. Without it every HPA shows `<unknown>`; EKS does not bring it. */
export function metricsServerValues(props: MetricsServerValuesProps): Record<string, unknown> {
  const { repository, digest } = pinned(props.image, "metricsServerValues.image");
  return {
    image: { repository, tag: `pinned@${digest}` },
    replicas: props.replicas,
    podDisruptionBudget: { enabled: props.replicas > 1, maxUnavailable: 1 },
    args: ["--kubelet-preferred-address-types=InternalIP"],
    metrics: { enabled: true },
    serviceMonitor: { enabled: true },
  };
}
