import { supersetLabels } from "../../contract/index.ts";
import type { SupersetChartProps } from "./superset-chart-props.ts";

/**
 * Returns the namespace of one Superset. The ingress controller and KEDA are given rights in it, so it exists before
 * them.
 */
export function instanceNamespace(props: Pick<SupersetChartProps, "namespace" | "environment" | "tenant">): object {
  const level = "restricted";
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: props.namespace,
      labels: {
        ...supersetLabels(props),
        "pod-security.kubernetes.io/enforce": level,
        "pod-security.kubernetes.io/enforce-version": "latest",
        "pod-security.kubernetes.io/audit": level,
        "pod-security.kubernetes.io/warn": level,
      },
    },
  };
}
