import { partOf } from "../../../contract/index.ts";
import {
  allowedConnections,
  type AddonNetworkProps,
  type Connection,
  type Peer,
  type Pods,
  type Port,
} from "./allowed-connections.ts";
import { addonNamespaceNames } from "./namespaces.ts";

/** Denies everything in and out, and opens each allowed connection with one policy where it leaves and one where it arrives. */
export function addonPolicies(props: AddonNetworkProps): object[] {
  const denied = addonNamespaceNames.map((namespace) =>
    policy(namespace, "default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
  );
  return [...denied, ...allowedConnections(props).flatMap(policiesOf)];
}

function policiesOf({ name, from, to, ports }: Connection): object[] {
  const open = ports.map(portOf);
  const found: object[] = [];
  if (ours(from)) {
    const egress = [{ to: selectorsOf(to, "service"), ports: open }];
    found.push(policy(from.namespace, `${name}-egress`, { ...select(from), policyTypes: ["Egress"], egress }));
  }
  if (ours(to)) {
    const ingress = [{ from: selectorsOf(from, "labels"), ports: open }];
    found.push(policy(to.namespace, `${name}-ingress`, { ...select(to), policyTypes: ["Ingress"], ingress }));
  }
  return found;
}

const select = ({ labels }: Pods): object => ({ podSelector: { matchLabels: labels } });

function policy(namespace: string, name: string, spec: object): object {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name, namespace, labels: partOf },
    spec,
  };
}

/**
 * Tells whether a peer is an add-on. Other pods have policies of their own: Superset's in
 * charts/superset/network-policies.ts, kube-system none.
 */
function ours(peer: Peer): peer is Pods {
  return "namespace" in peer && addonNamespaceNames.includes(peer.namespace);
}

function selectorsOf(peer: Peer, by: "labels" | "service"): object[] {
  if ("blocks" in peer) {
    return peer.blocks.map((cidr) => ({ ipBlock: { cidr, ...(peer.except && { except: [...peer.except] }) } }));
  }
  return [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": peer.namespace } },
      podSelector: { matchLabels: (by === "service" ? peer.service : undefined) ?? peer.labels },
    },
  ];
}

function portOf(port: Port): object {
  const [number, protocol = "TCP"] = String(port).split("/");
  return { protocol, port: Number(number) };
}
