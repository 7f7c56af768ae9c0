import { runbookLabel } from "../../../contract/index.ts";
import { type MirroredImage, pinned, splitRegistry } from "./chart-source.ts";

export interface PrometheusImages {
  readonly prometheus: MirroredImage;
  readonly alertmanager: MirroredImage;
  readonly operator: MirroredImage;
  readonly configReloader: MirroredImage;
  readonly kubeStateMetrics: MirroredImage;
  readonly nodeExporter: MirroredImage;
}

export interface PrometheusValuesProps {
  readonly images: PrometheusImages;
  readonly replicas: number;
  readonly retentionDays: number;
  readonly storageClass: string;
  readonly alarms: AlarmTopic | undefined;
}

export interface AlarmTopic {
  readonly arn: string;
  readonly region: string;
}

/** Values for kube-prometheus-stack 88.3.0 (Prometheus 3.13.2); Grafana has a chart of its own. */
export function prometheusValues(props: PrometheusValuesProps): Record<string, unknown> {
  const { images, replicas } = props;
  const { alarms } = props;
  const claim = (size: string) => ({
    volumeClaimTemplate: {
      spec: {
        storageClassName: props.storageClass,
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: size } },
      },
    },
  });
  return {
    fullnameOverride: "prometheus",
    crds: { enabled: false },
    grafana: { enabled: false },
    windowsMonitoring: { enabled: false },
    // AWS runs these; they have no address that a pod could scrape.
    kubeControllerManager: { enabled: false },
    kubeScheduler: { enabled: false },
    kubeEtcd: { enabled: false },
    kubeProxy: { enabled: false },
    coreDns: { enabled: false },
    prometheusOperator: {
      image: shaOf(images.operator, "operator"),
      prometheusConfigReloader: { image: shaOf(images.configReloader, "configReloader") },
      // Its patch Job writes a certificate by itself; cert-manager is here already.
      admissionWebhooks: { certManager: { enabled: true }, patch: { enabled: false } },
    },
    prometheus: {
      prometheusSpec: {
        image: shaOf(images.prometheus, "prometheus"),
        replicas,
        retention: `${props.retentionDays}d`,
        storageSpec: claim("50Gi"),
        scrapeInterval: "30s",
        // Every monitor and rule of the cluster, not only those that carry the release's label.
        ruleSelectorNilUsesHelmValues: false,
        serviceMonitorSelectorNilUsesHelmValues: false,
        podMonitorSelectorNilUsesHelmValues: false,
        probeSelectorNilUsesHelmValues: false,
        scrapeConfigSelectorNilUsesHelmValues: false,
        resources: { requests: { cpu: "200m", memory: "1Gi" }, limits: { memory: "4Gi" } },
        podAntiAffinity: "hard",
        podAntiAffinityTopologyKey: "kubernetes.io/hostname",
      },
      podDisruptionBudget: { enabled: replicas > 1 },
    },
    alertmanager: {
      enabled: true,
      serviceAccount: { name: "alertmanager" },
      alertmanagerSpec: { image: shaOf(images.alertmanager, "alertmanager"), replicas, storage: claim("2Gi") },
      config: alertmanagerConfig(alarms),
    },
    "kube-state-metrics": { image: prefixedSha(images.kubeStateMetrics, "kubeStateMetrics") },
    "prometheus-node-exporter": { image: digestOf(images.nodeExporter, "nodeExporter") },
  };
}

/**
 * Sends alerts with a runbook label to the topic. The chart's own alerts have no heading in docs/runbook.md: like all
 * alerts where there is no topic, they are seen in Grafana alone.
 */
function alertmanagerConfig(alarms: AlarmTopic | undefined): Record<string, unknown> {
  const silent = { name: "grafana" };
  const topic = alarms && {
    name: "topic",
    sns_configs: [
      {
        topic_arn: alarms.arn,
        sigv4: { region: alarms.region },
        send_resolved: true,
        subject: "{{ .CommonLabels.alertname }} {{ .Status }}",
      },
    ],
  };
  return {
    global: { resolve_timeout: "5m" },
    route: {
      receiver: silent.name,
      group_by: ["namespace", "alertname"],
      group_wait: "30s",
      group_interval: "5m",
      repeat_interval: "12h",
      routes: topic === undefined ? [] : [{ receiver: topic.name, matchers: [`${runbookLabel} != ""`] }],
    },
    receivers: [...(topic === undefined ? [] : [topic]), silent],
    templates: [],
  };
}

function shaOf(image: MirroredImage, part: string): { registry: string; repository: string; sha: string } {
  const { registry, repository, digest } = splitRegistry(image, `prometheusValues.${part}`);
  return { registry, repository, sha: digest.replace("sha256:", "") };
}

/** Splits an image for the chart whose member `sha` wants the prefix "sha256:". */
function prefixedSha(image: MirroredImage, part: string): { registry: string; repository: string; sha: string } {
  const { registry, repository, digest } = splitRegistry(image, `prometheusValues.${part}`);
  return { registry, repository, sha: digest };
}

function digestOf(image: MirroredImage, part: string): { registry: string; repository: string; digest: string } {
  pinned(image, `prometheusValues.${part}`);
  return splitRegistry(image, `prometheusValues.${part}`);
}
