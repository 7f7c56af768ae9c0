import { addons, partOf } from "../../../contract/index.ts";

/** Names of the namespaces that we make for add-ons; kube-system is there already. */
export const addonNamespaceNames: readonly string[] = [
  ...new Set(addons.releases.map(({ namespace }) => namespace)),
].filter((name) => name !== "kube-system");

/** The Pod Security level of each namespace; the two privileged ones hold agents that read their node. */
const levels: Readonly<Record<string, "restricted" | "baseline" | "privileged">> = {
  "cert-manager": "restricted",
  keda: "restricted",
  "nginx-ingress": "restricted",
  // Alloy reads the node's log files, the node exporter its /proc and /sys.
  logs: "privileged",
  monitoring: "privileged",
};

/** Returns the namespaces of the add-ons, each with its Pod Security level. */
export function addonNamespaces(): object[] {
  return addonNamespaceNames.map((name) => {
    const level = levels[name];
    if (level === undefined) throw new Error(`charts/addons/cluster/namespaces.ts: ${name} has no Pod Security level`);
    return {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name,
        labels: {
          ...partOf,
          "pod-security.kubernetes.io/enforce": level,
          "pod-security.kubernetes.io/enforce-version": "latest",
          "pod-security.kubernetes.io/audit": "restricted",
          "pod-security.kubernetes.io/warn": level,
        },
      },
    };
  });
}
