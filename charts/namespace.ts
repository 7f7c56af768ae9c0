import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-27";
import type { Instance } from "./instance.ts";
import { instanceLabels } from "./labels.ts";

export function addNamespace(chart: Chart, instance: Instance): void {
  const level = "restricted";
  new k8s.KubeNamespace(chart, "Namespace", {
    metadata: {
      name: instance.namespace,
      labels: {
        ...instanceLabels(instance),
        "pod-security.kubernetes.io/enforce": level,
        "pod-security.kubernetes.io/enforce-version": "latest",
        "pod-security.kubernetes.io/audit": level,
        "pod-security.kubernetes.io/warn": level,
      },
    },
  });
}
