import { App, Chart } from "cdk8s";
import { addBeat } from "./beat.ts";
import { addConfigMaps } from "./config-maps.ts";
import { addDisruptionBudgets } from "./disruption-budgets.ts";
import { addIngresses } from "./ingress.ts";
import { type ResolvedProps, resolveProps } from "./resolved-props.ts";
import { addMigrate } from "./migrate.ts";
import { addMonitoring } from "./monitoring.ts";
import { instanceNamespace } from "./namespace.ts";
import { addNetworkPolicies } from "./network-policies.ts";
import { addSecretKeyRotation } from "./secret-key-rotation.ts";
import { addSecrets } from "./secrets.ts";
import type { SupersetChartProps } from "./superset-chart-props.ts";
import { addTokenService } from "./token-service.ts";
import { addWeb } from "./web.ts";
import { addWorker } from "./worker.ts";

export { ChartPropsError } from "./resolved-props.ts";
export type { MountedSecret, SupersetChartProps } from "./superset-chart-props.ts";

/** Returns one Superset as Kubernetes objects, in the order in which they can be applied. */
export function supersetManifests(props: SupersetChartProps): object[] {
  return [instanceNamespace(props), ...supersetObjects(props)];
}

/** Returns the objects inside the namespace of a Superset, for a stack whose namespace another stack made. */
export function supersetObjects(props: SupersetChartProps): object[] {
  const instance = resolveProps(props);
  const chart = new Chart(new App(), "superset", { namespace: instance.namespace, disableResourceNameHashes: true });
  for (const add of parts) add(chart, instance);
  return chart.toJson() as object[];
}

const parts: readonly ((chart: Chart, instance: ResolvedProps) => void)[] = [
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
