import type { Instance } from "./instance.ts";

export type Component = "web" | "worker" | "beat" | "migrate" | "tokens";

/** Immutable once deployed: Kubernetes refuses to change a Deployment's selector. */
export function selectorLabels(instance: Instance, component: Component): Record<string, string> {
  return {
    "app.kubernetes.io/name": component === "tokens" ? "token-service" : "superset",
    "app.kubernetes.io/instance": instance.name,
    "app.kubernetes.io/component": component,
  };
}

export function componentLabels(instance: Instance, component: Component): Record<string, string> {
  return { ...selectorLabels(instance, component), ...instanceLabels(instance) };
}

export function instanceLabels(instance: Pick<Instance, "name" | "environment" | "tenant">): Record<string, string> {
  return {
    "app.kubernetes.io/instance": instance.name,
    "app.kubernetes.io/part-of": "homeroom",
    "homeroom/environment": instance.environment,
    "homeroom/tenant": instance.tenant,
  };
}

/** Every rule of ours carries it, with its heading in docs/runbook.md; Alertmanager mails no other. */
export const runbookLabel = "runbook";
