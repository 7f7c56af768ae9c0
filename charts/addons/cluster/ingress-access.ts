import { ingressNamespace, partOf } from "../../../contract/index.ts";

const group = "rbac.authorization.k8s.io";
const reads = ["get", "list", "watch"];
const watcher = "nginx-ingress-watch";

/**
 * Roles of the ingress controller. The chart's own role reads the Secrets of every namespace, so it is switched off:
 * its binding leads to the role of the same name here, and each namespace of an instance has a binding of our own.
 */
export function ingressAccess(namespaces: readonly string[]): object[] {
  return [
    clusterRole("nginx-ingress", [
      { apiGroups: ["networking.k8s.io"], resources: ["ingressclasses"], verbs: ["get", "list"] },
      { apiGroups: [""], resources: ["namespaces"], verbs: ["get"] },
    ]),
    clusterRole(watcher, [
      { apiGroups: [""], resources: ["pods", "secrets", "services"], verbs: reads },
      { apiGroups: [""], resources: ["events"], verbs: ["create", "patch", "list"] },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: reads },
      { apiGroups: ["networking.k8s.io"], resources: ["ingresses"], verbs: reads },
      { apiGroups: ["networking.k8s.io"], resources: ["ingresses/status"], verbs: ["update"] },
    ]),
    ...[...namespaces, ingressNamespace].map(binding),
  ];
}

function clusterRole(name: string, rules: object[]): object {
  return { apiVersion: `${group}/v1`, kind: "ClusterRole", metadata: { name, labels: partOf }, rules };
}

function binding(namespace: string): object {
  return {
    apiVersion: `${group}/v1`,
    kind: "RoleBinding",
    metadata: { name: watcher, namespace, labels: partOf },
    roleRef: { apiGroup: group, kind: "ClusterRole", name: watcher },
    subjects: [{ kind: "ServiceAccount", name: "nginx-ingress", namespace: ingressNamespace }],
  };
}
