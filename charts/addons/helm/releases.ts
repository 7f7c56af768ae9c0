import {
  ExpectedError,
  addons,
  chartName,
  chartRepository,
  grafanaSecret,
  imageRepository,
  lokiUrl,
  operatorLogTenant,
  prometheusUrl,
  storageClass,
} from "../../../contract/index.ts";
import { alloyValues } from "./alloy.ts";
import { certManagerValues } from "./cert-manager.ts";
import type { MirroredImage } from "./chart-source.ts";
import { grafanaValues } from "./grafana.ts";
import { kedaValues } from "./keda.ts";
import { loadBalancerValues } from "./load-balancer.ts";
import { lokiValues } from "./loki.ts";
import { metricsServerValues } from "./metrics-server.ts";
import { nginxValues } from "./nginx.ts";
import { privateCaValues } from "./private-ca.ts";
import { type AlarmTopic, prometheusValues } from "./prometheus.ts";
import { secretsStoreAwsValues, secretsStoreValues } from "./secrets-store.ts";

export interface AddonsProps {
  /** Plain. The account's own registry, without a path. */
  readonly registry: string;
  readonly region: string;
  /** Plain. Digest of each image of contract/addons.json as it lies in the registry, by its key there. */
  readonly digests: Readonly<Record<string, string>>;
  readonly clusterName: string;
  readonly vpcId: string;
  /** Plain. Auto Mode has its own load balancer controller. */
  readonly compute: "auto" | "nodegroups";
  /** Plain. */
  readonly certificates: "public-ca" | "private-ca";
  /** Plain. Namespaces of Superset instances: the ingress controller and KEDA look nowhere else. */
  readonly instanceNamespaces: readonly string[];
  /** Plain. Tenant labels of logs, which operators may read in Grafana. */
  readonly logTenants: readonly string[];
  /** Plain. The address of the cluster's DNS. */
  readonly dnsAddress: string;
  readonly loadBalancerCidrs: readonly string[];
  /** The target group that the ingress controller's pods join. @default the controller asks for a load balancer */
  readonly targetGroupArn?: string;
  readonly chunksBucket: string;
  readonly rulerBucket: string;
  /** Plain. The minutes within which a rotated secret reaches a mounted file. */
  readonly secretRefreshMinutes: number;
  /** Plain. Days that logs and metrics are kept. */
  readonly logDays: number;
  readonly metricDays: number;
  /** Plain. Runs several pods of each add-on; one suffices where a lost hour costs nothing. */
  readonly highlyAvailable: boolean;
  readonly alarms?: AlarmTopic;
}

/** One Helm release of the cluster: a chart of contract/addons.json with our values. */
export interface AddonRelease {
  readonly name: string;
  readonly namespace: string;
  /** Chart in the account's own registry. */
  readonly repository: string;
  readonly version: string;
  readonly values: Record<string, unknown>;
}

export class AddonsError extends ExpectedError {}

/** Returns every add-on in the order in which it can be installed. */
export function addonReleases(props: AddonsProps): AddonRelease[] {
  const valuesOf = valuesByRelease(props);
  return addons.releases
    .filter(({ name }) => isNeeded(name, props))
    .map(({ name, namespace, chart }) => {
      const values = valuesOf[name];
      if (values === undefined)
        throw new AddonsError(`contract/addons.json: ${name} has no values in charts/addons/helm`);
      const repository = `${props.registry}/${chartRepository(chartName(chart.source))}`;
      return { name, namespace, repository, version: chart.version, values: values() };
    });
}

function isNeeded(name: string, { certificates, compute }: AddonsProps): boolean {
  if (name === "aws-privateca-issuer") return certificates === "private-ca";
  if (name === "aws-load-balancer-controller") return compute === "nodegroups";
  return true;
}

type Values = Record<string, () => Record<string, unknown>>;

const valuesByRelease = (props: AddonsProps): Values => ({
  ...clusterValues(props),
  ...routingAndScalingValues(props),
  ...observabilityValues(props),
});

const replicasOf = ({ highlyAvailable }: AddonsProps): number => (highlyAvailable ? 2 : 1);

/** Returns a function that finds an image in the account's registry by its name in contract/addons.json. */
const imagesOf =
  (props: AddonsProps) =>
  (key: string): MirroredImage => {
    const digest = props.digests[key];
    if (digest === undefined) {
      throw new AddonsError(`digests: ${key} is missing; \`homeroom images mirror\` writes the digest of every image`);
    }
    return { repository: `${props.registry}/${imageRepository(key)}`, digest };
  };

/** Returns the values of what pods need of the cluster: definitions, metrics, secrets and certificates. */
function clusterValues(props: AddonsProps): Values {
  const [image, replicas] = [imagesOf(props), replicasOf(props)];
  return {
    "prometheus-operator-crds": () => ({}),
    "metrics-server": () => metricsServerValues({ image: image("metrics-server"), replicas }),
    "secrets-store-csi-driver": () =>
      secretsStoreValues(
        {
          driver: image("secrets-store-csi-driver"),
          crds: image("secrets-store-csi-crds"),
          registrar: image("csi-node-driver-registrar"),
          livenessProbe: image("csi-livenessprobe"),
        },
        props.secretRefreshMinutes,
      ),
    "secrets-store-csi-driver-provider-aws": () => secretsStoreAwsValues(image("secrets-store-csi-provider-aws")),
    "cert-manager": () =>
      certManagerValues({
        controller: image("cert-manager-controller"),
        webhook: image("cert-manager-webhook"),
        cainjector: image("cert-manager-cainjector"),
        startupapicheck: image("cert-manager-startupapicheck"),
        replicas,
      }),
    "aws-privateca-issuer": () => privateCaValues(image("aws-privateca-issuer"), replicas),
  };
}

function routingAndScalingValues(props: AddonsProps): Values {
  const [image, replicas] = [imagesOf(props), replicasOf(props)];
  const watched = [...props.instanceNamespaces];
  return {
    "aws-load-balancer-controller": () =>
      loadBalancerValues({ ...props, image: image("aws-load-balancer-controller"), replicas }),
    keda: () =>
      kedaValues({
        operator: image("keda"),
        metricsServer: image("keda-metrics-apiserver"),
        webhooks: image("keda-admission-webhooks"),
        watchNamespace: watched.join(","),
        replicas,
      }),
    "nginx-ingress": () =>
      nginxValues({
        image: image("nginx-ingress"),
        loadBalancerCidrs: props.loadBalancerCidrs,
        watchNamespaces: watched,
        minReplicas: props.highlyAvailable ? 3 : 1,
        maxReplicas: props.highlyAvailable ? 12 : 3,
        makesLoadBalancer: props.targetGroupArn === undefined,
        loadBalancerClass: props.compute === "auto" ? "eks.amazonaws.com/nlb" : "service.k8s.aws/nlb",
      }),
  };
}

/** Returns the values of logs, metrics and what shows them. */
function observabilityValues(props: AddonsProps): Values {
  const [image, replicas] = [imagesOf(props), replicasOf(props)];
  return {
    loki: () =>
      lokiValues({
        image: image("loki"),
        gateway: image("loki-gateway"),
        rolloutOperator: image("loki-rollout-operator"),
        mode: props.highlyAvailable ? "Distributed" : "Monolithic",
        region: props.region,
        chunksBucket: props.chunksBucket,
        rulerBucket: props.rulerBucket,
        retentionDays: props.logDays,
        storageClass,
        serviceAccountName: "loki",
        dnsAddress: props.dnsAddress,
      }),
    alloy: () => alloyValues({ image: image("alloy"), lokiUrl, operatorLogTenant }),
    prometheus: () =>
      prometheusValues({
        images: {
          prometheus: image("prometheus"),
          alertmanager: image("alertmanager"),
          operator: image("prometheus-operator"),
          configReloader: image("prometheus-config-reloader"),
          kubeStateMetrics: image("kube-state-metrics"),
          nodeExporter: image("node-exporter"),
        },
        replicas,
        retentionDays: props.metricDays,
        storageClass,
        alarms: props.alarms,
      }),
    grafana: () =>
      grafanaValues({
        image: image("grafana"),
        lokiUrl,
        prometheusUrl,
        tenants: [...props.logTenants, operatorLogTenant],
        secretProviderClass: grafanaSecret.providerClass,
      }),
  };
}
