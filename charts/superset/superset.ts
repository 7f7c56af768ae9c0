import { App, Chart } from "cdk8s";
import { addBeat } from "./beat.ts";
import { addConfigMaps } from "./config-maps.ts";
import { addDisruptionBudgets } from "./disruption-budgets.ts";
import { addIngresses } from "./ingress.ts";
import { defaultName, type Instance, resolveInstance } from "./instance.ts";
import { addMigrate } from "./migrate.ts";
import { addMonitoring } from "./monitoring.ts";
import { instanceNamespace } from "./namespace.ts";
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
  return serviceAccountNames({ name: props.instance ?? defaultName });
}

/** One Superset instance as Kubernetes objects, in the order in which they can be applied. */
export function supersetManifests(props: SupersetChartProps): object[] {
  return [instanceNamespace(props), ...supersetObjects(props)];
}

/** What is in the namespace of an instance, for a stack to which the namespace is given. */
export function supersetObjects(props: SupersetChartProps): object[] {
  const instance = resolveInstance(props);
  const chart = new Chart(new App(), "superset", { namespace: instance.namespace, disableResourceNameHashes: true });
  for (const add of parts) add(chart, instance);
  return chart.toJson() as object[];
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
