import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-33";
import {
  type Component,
  ingressNamespace,
  monitoringNamespace,
  platform,
  selectorLabels,
  supersetLabels,
  supersetName,
} from "../../contract/index.ts";
import type { ResolvedProps } from "./resolved-props.ts";
import { statsdMetricsPort } from "./superset-pod.ts";

/** Denies everything in and out, and opens each connection of the data-flow picture with a policy of its own. */
export function addNetworkPolicies(chart: Chart, instance: ResolvedProps): void {
  policy(chart, instance, "default-deny", {}, { policyTypes: ["Ingress", "Egress"] });
  policy(
    chart,
    instance,
    "all-to-dns",
    {},
    {
      policyTypes: ["Egress"],
      egress: [
        {
          to: [inNamespace("kube-system", { "k8s-app": "kube-dns" }), ...blocks([instance.dnsCidr])],
          ports: [port(53, "UDP"), port(53)],
        },
      ],
    },
  );
  for (const [component, target] of [
    ["web", platform.ports.web],
    ["tokens", platform.ports.tokens],
  ] as const) {
    policy(chart, instance, `ingress-to-${component}`, selector(component), {
      policyTypes: ["Ingress"],
      ingress: [{ from: [inNamespace(ingressNamespace)], ports: [port(target)] }],
    });
  }
  policy(chart, instance, "prometheus-to-exporters", anyOf(["web", "worker"]), {
    policyTypes: ["Ingress"],
    ingress: [{ from: [inNamespace(monitoringNamespace)], ports: [port(statsdMetricsPort)] }],
  });
  policy(chart, instance, "superset-to-data", anyOf(["web", "worker", "beat", "migrate"]), {
    policyTypes: ["Egress"],
    egress: [{ to: blocks(instance.dataCidrs), ports: [port(instance.metadataPort), port(instance.redisPort)] }],
  });
  policy(chart, instance, "tokens-to-trust-store", selector("tokens"), {
    policyTypes: ["Egress"],
    egress: [{ to: blocks(instance.dataCidrs), ports: [port(instance.redisPort)] }],
  });
  policy(chart, instance, "superset-to-analytics", anyOf(["web", "worker", "migrate"]), {
    policyTypes: ["Egress"],
    egress: [{ to: blocks(instance.analyticsCidrs), ports: [port(instance.analyticsPort)] }],
  });
}

function policy(
  chart: Chart,
  instance: ResolvedProps,
  name: string,
  podSelector: k8s.LabelSelector,
  rules: Omit<k8s.NetworkPolicySpec, "podSelector">,
): void {
  new k8s.KubeNetworkPolicy(chart, `Network-${name}`, {
    metadata: { name: `${supersetName}-${name}`, labels: supersetLabels(instance) },
    spec: { podSelector, ...rules },
  });
}

function selector(component: Component): k8s.LabelSelector {
  return { matchLabels: selectorLabels(component) };
}

function anyOf(components: Component[]): k8s.LabelSelector {
  return {
    matchLabels: { "app.kubernetes.io/instance": supersetName },
    matchExpressions: [{ key: "app.kubernetes.io/component", operator: "In", values: components }],
  };
}

function inNamespace(namespace: string, pods?: Record<string, string>): k8s.NetworkPolicyPeer {
  return {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    ...(pods && { podSelector: { matchLabels: pods } }),
  };
}

const blocks = (cidrs: readonly string[]): k8s.NetworkPolicyPeer[] => cidrs.map((cidr) => ({ ipBlock: { cidr } }));

const port = (number: number, protocol = "TCP"): k8s.NetworkPolicyPort => ({
  protocol,
  port: k8s.IntOrString.fromNumber(number),
});
