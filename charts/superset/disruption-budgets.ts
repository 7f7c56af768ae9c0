import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-33";
import { type Component, componentLabels, selectorLabels, supersetName } from "../../contract/index.ts";
import type { ResolvedProps } from "./resolved-props.ts";

/** Components with a disruption budget. Beat has none: with one replica a budget would block every node drain. */
const budgeted: readonly Component[] = ["web", "worker", "tokens"];

export function addDisruptionBudgets(chart: Chart, instance: ResolvedProps): void {
  for (const component of budgeted) {
    new k8s.KubePodDisruptionBudget(chart, `Budget-${component}`, {
      metadata: { name: `${supersetName}-${component}`, labels: componentLabels(instance, component) },
      spec: {
        selector: { matchLabels: selectorLabels(component) },
        maxUnavailable: k8s.IntOrString.fromNumber(1),
        // A pod that never got ready must not keep its node alive.
        unhealthyPodEvictionPolicy: "AlwaysAllow",
      },
    });
  }
}
