import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-27";
import { platform } from "../../contract/index.ts";
import type { Instance } from "./instance.ts";
import { type Component, instanceLabels, selectorLabels } from "./labels.ts";
import { statsdMetricsPort } from "./superset-pod.ts";

/** Nothing in, nothing out, except one policy for each edge of the data-flow picture. */
export function addNetworkPolicies(chart: Chart, instance: Instance): void {
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
    policy(chart, instance, `ingress-to-${component}`, selector(instance, component), {
      policyTypes: ["Ingress"],
      ingress: [{ from: [inNamespace(instance.ingressNamespace)], ports: [port(target)] }],
    });
  }
  policy(chart, instance, "prometheus-to-exporters", anyOf(instance, ["web", "worker"]), {
    policyTypes: ["Ingress"],
    ingress: [{ from: [inNamespace(instance.monitoringNamespace)], ports: [port(statsdMetricsPort)] }],
  });
  policy(chart, instance, "superset-to-data", anyOf(instance, ["web", "worker", "beat", "migrate"]), {
    policyTypes: ["Egress"],
    egress: [{ to: blocks(instance.dataCidrs), ports: [port(instance.metadataPort), port(instance.redisPort)] }],
  });
  policy(chart, instance, "tokens-to-trust-store", selector(instance, "tokens"), {
    policyTypes: ["Egress"],
    egress: [{ to: blocks(instance.dataCidrs), ports: [port(instance.redisPort)] }],
  });
  policy(chart, instance, "superset-to-analytics", anyOf(instance, ["web", "worker", "migrate"]), {
    policyTypes: ["Egress"],
    egress: [{ to: blocks(instance.analyticsCidrs), ports: [port(instance.analyticsPort)] }],
  });
}

function policy(
  chart: Chart,
  instance: Instance,
  name: string,
  podSelector: k8s.LabelSelector,
  rules: Omit<k8s.NetworkPolicySpec, "podSelector">,
): void {
  new k8s.KubeNetworkPolicy(chart, `Network-${name}`, {
    metadata: { name: `${instance.name}-${name}`, labels: instanceLabels(instance) },
    spec: { podSelector, ...rules },
  });
}

function selector(instance: Instance, component: Component): k8s.LabelSelector {
  return { matchLabels: selectorLabels(instance, component) };
}

function anyOf(instance: Instance, components: Component[]): k8s.LabelSelector {
  return {
    matchLabels: { "app.kubernetes.io/instance": instance.name },
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
