import {
  addonEdges,
  type AddonNetworkProps,
  addonNamespaceNames,
  type Edge,
  type Place,
  type Pods,
  type Port,
} from "./addon-edges.ts";

/** Nothing in, nothing out, and for each edge one policy where it leaves and one where it arrives. */
export function addonPolicies(props: AddonNetworkProps): object[] {
  const denied = addonNamespaceNames.map((namespace) =>
    policy(namespace, "default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
  );
  return [...denied, ...addonEdges(props).flatMap(policiesOf)];
}

function policiesOf({ name, from, to, ports }: Edge): object[] {
  const open = ports.map(portOf);
  const found: object[] = [];
  if (ours(from)) {
    const egress = [{ to: peers(to, "service"), ports: open }];
    found.push(policy(from.namespace, `${name}-egress`, { ...select(from), policyTypes: ["Egress"], egress }));
  }
  if (ours(to)) {
    const ingress = [{ from: peers(from, "labels"), ports: open }];
    found.push(policy(to.namespace, `${name}-ingress`, { ...select(to), policyTypes: ["Ingress"], ingress }));
  }
  return found;
}

const select = ({ labels }: Pods): object => ({ podSelector: { matchLabels: labels } });

function policy(namespace: string, name: string, spec: object): object {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name, namespace, labels: { "app.kubernetes.io/part-of": "homeroom" } },
    spec,
  };
}

/** A neighbour's pods have policies of their own: Superset's instances in ../network-policies.ts, kube-system none. */
function ours(place: Place): place is Pods {
  return "namespace" in place && addonNamespaceNames.includes(place.namespace);
}

function peers(place: Place, by: "labels" | "service"): object[] {
  if ("blocks" in place) {
    return place.blocks.map((cidr) => ({ ipBlock: { cidr, ...(place.except && { except: [...place.except] }) } }));
  }
  return [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": place.namespace } },
      podSelector: { matchLabels: (by === "service" ? place.service : undefined) ?? place.labels },
    },
  ];
}

function portOf(port: Port): object {
  const [number, protocol = "TCP"] = String(port).split("/");
  return { protocol, port: Number(number) };
}
