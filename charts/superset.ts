import { App, Chart } from "cdk8s";
import { addBeat } from "./beat.ts";
import { addConfigMaps } from "./config-maps.ts";
import { addDisruptionBudgets } from "./disruption-budgets.ts";
import { addIngresses } from "./ingress.ts";
import { type Instance, resolveInstance } from "./instance.ts";
import { addMigrate } from "./migrate.ts";
import { addMonitoring } from "./monitoring.ts";
import { addNamespace } from "./namespace.ts";
import { addNetworkPolicies } from "./network-policies.ts";
import { addSecretKeyRotation } from "./secret-key-rotation.ts";
import { addSecrets, serviceAccountNames } from "./secrets.ts";
import type { SupersetChartProps } from "./superset-chart-props.ts";
import { addTokenService } from "./token-service.ts";
import { addWeb } from "./web.ts";
import { addWorker } from "./worker.ts";

export { ChartPropsError } from "./instance.ts";
export type { MountedSecret, SupersetChartProps } from "./superset-chart-props.ts";

/** Names of the service accounts that need read access to the secrets, for Pod Identity associations. */
export function supersetServiceAccounts(props: Pick<SupersetChartProps, "instance">): {
  app: string;
  migrate: string;
  tokens: string;
} {
  return serviceAccountNames({ name: props.instance ?? "superset" });
}

/** One Superset instance as Kubernetes objects, in the order in which they can be applied. */
export function supersetManifests(props: SupersetChartProps): object[] {
  const instance = resolveInstance(props);
  // cdk8s stamps a chart's namespace on cluster-scoped objects too, so the Namespace has a chart of its own.
  const app = new App();
  const scope = new Chart(app, "namespace", { disableResourceNameHashes: true });
  addNamespace(scope, instance);
  const chart = new Chart(app, "superset", { namespace: instance.namespace, disableResourceNameHashes: true });
  for (const add of parts) add(chart, instance);
  return [...manifestsOf(scope), ...manifestsOf(chart)];
}

const parts: readonly ((chart: Chart, instance: Instance) => void)[] = [
  addNetworkPolicies,
  addConfigMaps,
  addSecrets,
  addMigrate,
  addSecretKeyRotation,
  addWeb,
  addWorker,
  addBeat,
  addTokenService,
  addDisruptionBudgets,
  addIngresses,
  addMonitoring,
];

function manifestsOf(chart: Chart): object[] {
  return chart.toJson() as object[];
}
