import { monitoringNamespace, ingressNamespace, platform } from "../../../contract/index.ts";
import { addonNamespaceNames } from "./namespaces.ts";

/** The pods of one namespace, an add-on's or another. */
export interface Pods {
  readonly namespace: string;
  /** Labels that the pods carry; none means all of the namespace. */
  readonly labels: Readonly<Record<string, string>>;
  /**
   * The labels that the Service in front of the pods selects by, where those are fewer: EKS lets a pod reach a
   * Service's own address only when the peer of the policy matches the Service's selector
   * (aws/amazon-network-policy-controller-k8s).
   */
  readonly service?: Readonly<Record<string, string>>;
}

export interface Blocks {
  readonly blocks: readonly string[];
  /** Ranges inside the blocks that stay closed. */
  readonly except?: readonly string[];
}

/** One end of a connection. */
export type Peer = Pods | Blocks;

/** A connection that the network policies allow: `from` opens it to `ports` of `to`. */
export interface Connection {
  readonly name: string;
  readonly from: Peer;
  readonly to: Peer;
  readonly ports: readonly Port[];
}

export type Port = number | `${number}/UDP`;

export interface AddonNetworkProps {
  /** Plain. The Kubernetes Service's own address and that of the cluster's DNS, in its range of services. */
  readonly kubernetesAddress: string;
  readonly dnsAddress: string;
  /** Subnets of the nodes: the API server's and the AWS endpoints' network interfaces are there, beside every pod. */
  readonly workloadCidrs: readonly string[];
  readonly loadBalancerCidrs: readonly string[];
  /** Subnets of the brokers that KEDA counts the queue in. */
  readonly dataCidrs: readonly string[];
  /** Plain. */
  readonly instanceNamespaces: readonly string[];
  readonly certificates: "public-ca" | "private-ca";
}

/** The address of the Pod Identity agent on each node. Source: Amazon EKS User Guide, "Set up the Amazon EKS Pod Identity Agent". */
const podIdentityAgent = { blocks: ["169.254.170.23/32"] };

/** Addresses outside the VPC. Without a route to the internet that is S3 alone, by its gateway endpoint, whose addresses AWS changes. */
const outside = {
  blocks: ["0.0.0.0/0"],
  except: ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"],
};

const named = (namespace: string, name: string): Pods => ({ namespace, labels: { "app.kubernetes.io/name": name } });
const anyOf = (namespace: string): Pods => ({ namespace, labels: {} });

const certManager = named("cert-manager", "cert-manager");
const certManagerWebhook = named("cert-manager", "webhook");
const privateCa = named("cert-manager", "aws-privateca-issuer");
const keda = (app: string): Pods => ({ namespace: "keda", labels: { app } });
const kedaOperator = keda("keda-operator");
const kedaMetrics = keda("keda-operator-metrics-apiserver");
const nginx = named(ingressNamespace, "nginx-ingress");
const alloy = named("logs", "alloy");
const lokiLabels = { "app.kubernetes.io/name": "loki" };
const loki: Pods = {
  namespace: "logs",
  labels: { ...lokiLabels, "app.kubernetes.io/part-of": "memberlist" },
  service: lokiLabels,
};
const lokiGateway: Pods = { namespace: "logs", labels: { ...lokiLabels, "app.kubernetes.io/component": "gateway" } };
const lokiRollout = named("logs", "rollout-operator");
const prometheus = named(monitoringNamespace, "prometheus");
const alertmanager = named(monitoringNamespace, "alertmanager");
const prometheusOperator: Pods = { namespace: monitoringNamespace, labels: { app: "kube-prometheus-stack-operator" } };
const kubeStateMetrics = named(monitoringNamespace, "kube-state-metrics");
const grafana = named(monitoringNamespace, "grafana");

const https = 443;
const redis = 6379;
const exporter = 9102;

const allow = (name: string, from: Peer, to: Peer, ...ports: Port[]): Connection => ({ name, from, to, ports });
const hasRole = (name: string, from: Pods): Connection => allow(`${name}-to-pod-identity`, from, podIdentityAgent, 80);
const scrapes = (name: string, to: Pods, ...ports: number[]): Connection =>
  allow(`prometheus-to-${name}`, prometheus, to, ...ports);

/** The Kubernetes API at its Service's address, and behind it at its network interfaces among the nodes. */
const callsApi = (name: string, from: Pods, { kubernetesAddress, workloadCidrs }: AddonNetworkProps): Connection =>
  allow(`${name}-to-api-server`, from, { blocks: [`${kubernetesAddress}/32`, ...workloadCidrs] }, https);

/** The nodes' subnets, where the API server calls from and where the AWS endpoints and the kubelets answer. */
const nodeSubnets = ({ workloadCidrs }: AddonNetworkProps): Blocks => ({ blocks: workloadCidrs });

/** Lists every connection that the add-ons make or take, with the ports of the charts in contract/addons.json. */
export function allowedConnections(props: AddonNetworkProps): Connection[] {
  return [
    ...dnsConnections(props),
    ...certificateConnections(props),
    ...kedaConnections(props),
    ...ingressConnections(props),
    ...logConnections(props),
    ...prometheusConnections(props),
    ...alertAndDashboardConnections(props),
  ];
}

function dnsConnections({ dnsAddress }: AddonNetworkProps): Connection[] {
  const dnsPods = { namespace: "kube-system", labels: { "k8s-app": "kube-dns" } };
  // Auto Mode has no such pods: its DNS answers on each node, at the Service's address.
  const dnsOfNodes = { blocks: [`${dnsAddress}/32`] };
  return addonNamespaceNames.flatMap((namespace) => [
    allow("all-to-dns", anyOf(namespace), dnsPods, 53, "53/UDP"),
    allow("all-to-node-dns", anyOf(namespace), dnsOfNodes, 53, "53/UDP"),
  ]);
}

function certificateConnections(props: AddonNetworkProps): Connection[] {
  return [
    callsApi("all", anyOf("cert-manager"), props),
    allow("api-server-to-webhook", nodeSubnets(props), certManagerWebhook, 10250),
    ...(props.certificates === "public-ca"
      ? [allow("cert-manager-to-acme-and-route53", certManager, outside, https), hasRole("cert-manager", certManager)]
      : [allow("private-ca-to-endpoints", privateCa, nodeSubnets(props), https), hasRole("private-ca", privateCa)]),
  ];
}

function kedaConnections(props: AddonNetworkProps): Connection[] {
  return [
    callsApi("all", anyOf("keda"), props),
    allow("api-server-to-admission", nodeSubnets(props), keda("keda-admission-webhooks"), 9443),
    allow("api-server-to-metrics", nodeSubnets(props), kedaMetrics, 6443),
    allow("metrics-to-operator", kedaMetrics, kedaOperator, 9666),
    allow("operator-to-prometheus", kedaOperator, prometheus, 9090),
    allow("operator-to-brokers", kedaOperator, { blocks: props.dataCidrs }, redis),
    allow("operator-to-endpoints", kedaOperator, nodeSubnets(props), https),
    hasRole("operator", kedaOperator),
  ];
}

function ingressConnections(props: AddonNetworkProps): Connection[] {
  return [
    callsApi("nginx", nginx, props),
    allow("load-balancer-to-nginx", { blocks: props.loadBalancerCidrs }, nginx, https),
    ...props.instanceNamespaces.map((namespace) =>
      allow(`nginx-to-${namespace}`, nginx, anyOf(namespace), platform.ports.web, platform.ports.tokens),
    ),
  ];
}

function logConnections(props: AddonNetworkProps): Connection[] {
  return [
    callsApi("alloy", alloy, props),
    allow("alloy-to-gateway", alloy, lokiGateway, 8080),
    allow("gateway-to-loki", lokiGateway, loki, 3100),
    allow("loki-to-loki", loki, loki, 3100, 9095, 7946),
    allow("loki-to-s3", loki, outside, https),
    hasRole("loki", loki),
    callsApi("rollout-operator", lokiRollout, props),
    allow("api-server-to-rollout-operator", nodeSubnets(props), lokiRollout, 8443),
    allow("rollout-operator-to-loki", lokiRollout, loki, 3100),
  ];
}

function prometheusConnections(props: AddonNetworkProps): Connection[] {
  return [
    callsApi("prometheus", prometheus, props),
    callsApi("prometheus-operator", prometheusOperator, props),
    callsApi("kube-state-metrics", kubeStateMetrics, props),
    allow("api-server-to-prometheus-operator", nodeSubnets(props), prometheusOperator, 10250),
    scrapes("prometheus", prometheus, 9090, 8080),
    scrapes("alertmanager", alertmanager, 9093, 8080),
    scrapes("operator", prometheusOperator, 10250),
    scrapes("kube-state-metrics", kubeStateMetrics, 8080),
    scrapes("alloy", alloy, 12345),
    scrapes("cert-manager", certManager, 9402),
    scrapes("cert-manager-webhook", certManagerWebhook, 9402),
    scrapes("cert-manager-cainjector", named("cert-manager", "cainjector"), 9402),
    // Kubelets and the metrics server, and the exporters in the nodes' own network.
    allow("prometheus-to-nodes", prometheus, nodeSubnets(props), 10250, 9100),
    ...props.instanceNamespaces.map((namespace) =>
      allow(`prometheus-to-${namespace}`, prometheus, anyOf(namespace), exporter),
    ),
  ];
}

function alertAndDashboardConnections(props: AddonNetworkProps): Connection[] {
  return [
    allow("alertmanager-to-alertmanager", alertmanager, alertmanager, 9094, "9094/UDP"),
    allow("alertmanager-to-endpoints", alertmanager, nodeSubnets(props), https),
    hasRole("alertmanager", alertmanager),
    allow("grafana-to-prometheus", grafana, prometheus, 9090),
    allow("grafana-to-loki", grafana, lokiGateway, 8080),
  ];
}
