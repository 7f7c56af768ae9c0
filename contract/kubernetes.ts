/** The name of a Superset, prefix of each of its objects; namespaces tell one Superset from another. */
export const supersetName = "superset";

/** The service accounts of a Superset, one for each set of secrets; Pod Identity associations name them too. */
export const serviceAccounts = {
  app: `${supersetName}-app`,
  migrate: `${supersetName}-migrate`,
  tokens: `${supersetName}-tokens`,
} as const;

/** The parts of a Superset that run as pods of their own. */
export type Component = "web" | "worker" | "beat" | "migrate" | "tokens";

/** The environment and the tenant that an object belongs to; "shared" is the tenant of what several tenants share. */
export interface Owner {
  readonly environment: string;
  readonly tenant: string;
}

/** The label of every object that we make. */
export const partOf = { "app.kubernetes.io/part-of": "homeroom" } as const;

/** Labels that select the pods of one component. Kubernetes refuses to change a Deployment's selector once it is deployed. */
export function selectorLabels(component: Component): Record<string, string> {
  return {
    "app.kubernetes.io/name": component === "tokens" ? "token-service" : "superset",
    "app.kubernetes.io/instance": supersetName,
    "app.kubernetes.io/component": component,
  };
}

/** Labels of the objects of one component. */
export function componentLabels(owner: Owner, component: Component): Record<string, string> {
  return { ...selectorLabels(component), ...supersetLabels(owner) };
}

/** Labels of every object of a Superset. */
export function supersetLabels({ environment, tenant }: Owner): Record<string, string> {
  return {
    "app.kubernetes.io/instance": supersetName,
    ...partOf,
    "homeroom/environment": environment,
    "homeroom/tenant": tenant,
  };
}

/** The label of our alert rules, with the heading in docs/runbook.md as its value; Alertmanager mails no other alert. */
export const runbookLabel = "runbook";

/** Namespaces of add-ons that Superset talks to; contract/addons.json installs into them. */
export const ingressNamespace = "nginx-ingress";
export const monitoringNamespace = "monitoring";

/** The storage class of the disks of Loki and Prometheus. */
export const storageClass = "homeroom";

/** Addresses inside the cluster. */
export const lokiUrl = "http://loki-gateway.logs.svc";
export const prometheusUrl = "http://prometheus-prometheus.monitoring.svc:9090";

/** Loki's tenant for the logs that belong to no customer. */
export const operatorLogTenant = "platform";

/** The administrator's password of Grafana reaches its pod as a file. */
export const grafanaSecret = { providerClass: "grafana", file: "admin-password", serviceAccount: "grafana" } as const;

/** The repository of a mirrored image in the account's registry, by its key in contract/addons.json. */
export const imageRepository = (key: string): string => `homeroom/${key}`;

/** The folder of mirrored Helm charts in the account's registry. */
export const chartFolder = "homeroom/charts";

/** The repository of a mirrored Helm chart in the account's registry, by the chart's name. */
export const chartRepository = (name: string): string => `${chartFolder}/${name}`;

/** Returns the last part of a chart's source: "keda" of "oci://ghcr.io/kedacore/charts/keda". */
export function chartName(source: string): string {
  return source.slice(source.lastIndexOf("/") + 1);
}
