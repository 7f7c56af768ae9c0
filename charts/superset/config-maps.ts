import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-33";
import { stringify } from "yaml";
import { supersetLabels } from "../../contract/index.ts";
import { processEnvironment } from "./environment.ts";
import type { ResolvedProps } from "./resolved-props.ts";
import { configMapName, databaseCaName, statsdConfigName } from "./superset-pod.ts";

export function addConfigMaps(chart: Chart, instance: ResolvedProps): void {
  const labels = supersetLabels(instance);
  new k8s.KubeConfigMap(chart, "Environment", {
    metadata: { name: configMapName, labels },
    data: { ...processEnvironment(instance) },
  });
  new k8s.KubeConfigMap(chart, "Statsd", {
    metadata: { name: statsdConfigName, labels },
    data: { "mapping.yaml": stringify(statsdMapping, { lineWidth: 0 }) },
  });
  if (instance.databaseCaPem !== undefined) {
    new k8s.KubeConfigMap(chart, "DatabaseCa", {
      metadata: { name: databaseCaName, labels },
      data: { "ca.pem": instance.databaseCaPem },
    });
  }
}

// Superset puts dashboard and chart ids into metric names; one label each keeps the number of series bounded.
const statsdMapping = {
  defaults: {
    observer_type: "histogram",
    histogram_options: { buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] },
  },
  mappings: [
    {
      match: "superset.*.*.success",
      name: "superset_api_requests_total",
      labels: { api: "$1", method: "$2", result: "success" },
    },
    {
      match: "superset.*.*.warning",
      name: "superset_api_requests_total",
      labels: { api: "$1", method: "$2", result: "warning" },
    },
    {
      match: "superset.*.*.error",
      name: "superset_api_requests_total",
      labels: { api: "$1", method: "$2", result: "error" },
    },
    { match: "superset.*.*.time", name: "superset_api_seconds", labels: { api: "$1", method: "$2" } },
    { match: "superset.worker.busy", name: "superset_worker_busy" },
    { match: ".", match_type: "regex", action: "drop", name: "dropped" },
  ],
};
