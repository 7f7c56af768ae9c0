import { type MirroredImage, splitRegistry } from "./chart-source.ts";

export interface KedaValuesProps {
  readonly operator: MirroredImage;
  readonly metricsServer: MirroredImage;
  readonly webhooks: MirroredImage;
  /** Namespaces with ScaledObjects, joined by commas. */
  readonly watchNamespace: string;
  readonly replicas: number;
}

/** Values for KEDA 2.20.2. */
export function kedaValues(props: KedaValuesProps): Record<string, unknown> {
  const digest = (image: MirroredImage, where: string): Record<string, string> => {
    const { registry, repository, digest: pin } = splitRegistry(image, where);
    // The chart joins repository and tag with a colon, so the digest follows a tag that says what it is.
    return { registry, repository, tag: `2.20.2@${pin}` };
  };
  return {
    image: {
      keda: digest(props.operator, "kedaValues.operator"),
      metricsApiServer: digest(props.metricsServer, "kedaValues.metricsServer"),
      webhooks: digest(props.webhooks, "kedaValues.webhooks"),
    },
    watchNamespace: props.watchNamespace,
    operator: { replicaCount: props.replicas },
    metricsServer: { replicaCount: props.replicas },
    webhooks: { replicaCount: props.replicas },
    ...(props.replicas > 1 && {
      podDisruptionBudget: {
        operator: { maxUnavailable: 1 },
        metricServer: { maxUnavailable: 1 },
        webhooks: { maxUnavailable: 1 },
      },
    }),
    // Pod Identity gives the operator its role; nothing else asks AWS.
    podIdentity: { aws: { irsa: { enabled: false } } },
    prometheus: { operator: { enabled: true }, metricServer: { enabled: true } },
  };
}
