import { ApiObject, type Chart } from "cdk8s";
import { runbookLabel, supersetLabels, supersetName } from "../../contract/index.ts";
import type { ResolvedProps } from "./resolved-props.ts";

export function addMonitoring(chart: Chart, instance: ResolvedProps): void {
  const labels = supersetLabels(instance);
  // PodMonitor, because workers have no Service and the exporter sits in every pod.
  new ApiObject(chart, "Metrics", {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PodMonitor",
    metadata: { name: supersetName, labels },
    spec: {
      selector: {
        matchLabels: { "app.kubernetes.io/instance": supersetName },
        matchExpressions: [{ key: "app.kubernetes.io/component", operator: "In", values: ["web", "worker"] }],
      },
      podTargetLabels: ["app.kubernetes.io/component", "homeroom/tenant"],
      podMetricsEndpoints: [{ port: "metrics", interval: "30s", scrapeTimeout: "10s" }],
    },
  });
  new ApiObject(chart, "Rules", {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: supersetName, labels },
    spec: { groups: [{ name: `${supersetName}.superset`, interval: "30s", rules: rules(instance) }] },
  });
}

/**
 * The days before a certificate's end at which an alarm is raised. cert-manager renews a public one 30 days before
 * its end, and tries again every hour.
 */
const certificateDays = 14;

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: "page" | "ticket"; readonly [runbookLabel]: string };
  readonly annotations: { readonly summary: string };
}

const rules = (instance: ResolvedProps): Rule[] => [...availabilityRules(instance), ...failureRules(instance)];

/** Returns the alarms of parts that are missing, or that can grow no further. */
function availabilityRules({ namespace, webReplicasMax }: ResolvedProps): Rule[] {
  const deployment = (component: string) => `namespace="${namespace}",deployment="${supersetName}-${component}"`;
  return [
    rule(
      "SupersetWebUnavailable",
      "page",
      "2m",
      "No web pod is available",
      `kube_deployment_status_replicas_available{${deployment("web")}} == 0`,
    ),
    rule(
      "SupersetWebAtMaximum",
      "ticket",
      "15m",
      "The web autoscaler is at its maximum",
      `kube_horizontalpodautoscaler_status_current_replicas{namespace="${namespace}",horizontalpodautoscaler="${supersetName}-web"} >= ${webReplicasMax}`,
    ),
    rule(
      "SupersetWorkersUnavailable",
      "page",
      "5m",
      "No worker is available",
      `kube_deployment_status_replicas_available{${deployment("worker")}} == 0`,
    ),
    rule(
      "SupersetBeatUnavailable",
      "ticket",
      "15m",
      "Beat is not running",
      `kube_deployment_status_replicas_available{${deployment("beat")}} == 0`,
    ),
    rule(
      "TokenServiceUnavailable",
      "page",
      "2m",
      "No token service is available",
      `kube_deployment_status_replicas_available{${deployment("tokens")}} == 0`,
    ),
  ];
}

/** Returns the alarms of what runs and fails. */
function failureRules({ namespace }: ResolvedProps): Rule[] {
  return [
    rule(
      "SupersetMigrationFailed",
      "page",
      "1m",
      "The migrate Job of an image failed, so its pods wait",
      `kube_job_status_failed{namespace="${namespace}",job_name=~"${supersetName}-migrate-.*"} > 4`,
    ),
    rule(
      "SupersetErrors",
      "page",
      "5m",
      "More than 2 % of API calls fail",
      `sum(rate(superset_api_requests_total{namespace="${namespace}",result="error"}[5m])) / sum(rate(superset_api_requests_total{namespace="${namespace}"}[5m])) > 0.02`,
    ),
    rule(
      "SupersetPodRestarts",
      "ticket",
      "5m",
      "A container restarts again and again",
      `increase(kube_pod_container_status_restarts_total{namespace="${namespace}"}[30m]) > 3`,
    ),
    rule(
      "CertificateExpires",
      "page",
      "1h",
      `A certificate ends within ${certificateDays} days, or was never issued`,
      // The metric's own namespace is cert-manager's; one that was never issued has the time 0.
      `certmanager_certificate_expiration_timestamp_seconds{exported_namespace="${namespace}"} - time() < ${certificateDays * 86_400}`,
    ),
  ];
}

function rule(alert: string, severity: "page" | "ticket", duration: string, summary: string, expr: string): Rule {
  return {
    alert,
    expr,
    for: duration,
    labels: { severity, [runbookLabel]: `docs/runbook.md#${alert.toLowerCase()}` },
    annotations: { summary },
  };
}
