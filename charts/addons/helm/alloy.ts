import { type MirroredImage, splitRegistry } from "./chart-source.ts";

export interface AlloyValuesProps {
  readonly image: MirroredImage;
  readonly lokiUrl: string;
  /** Plain. Loki's tenant for pods without a tenant label. */
  readonly operatorLogTenant: string;
}

const storagePath = "/var/lib/alloy";

/** Values for Alloy, chart 1.11.1 (1.18.1): a DaemonSet that reads the node's log files. */
export function alloyValues(props: AlloyValuesProps): Record<string, unknown> {
  return {
    image: splitRegistry(props.image, "alloyValues.image"),
    alloy: {
      configMap: { create: true, content: alloyConfig(props) },
      enableReporting: false,
      extraArgs: ["--disable-reporting"],
      storagePath,
      mounts: { varlog: true, extra: [{ name: "storage", mountPath: storagePath }] },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      },
      resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "384Mi" } },
    },
    // The chart's own rules read every Secret and ConfigMap of the cluster.
    rbac: { rules: [{ apiGroups: [""], resources: ["pods", "namespaces"], verbs: ["get", "list", "watch"] }] },
    controller: {
      type: "daemonset",
      tolerations: [{ operator: "Exists" }],
      // Where it stands in each file. A new pod reads the node's files again: Loki drops a line that it has, and one older than a day.
      volumes: { extra: [{ name: "storage", emptyDir: { sizeLimit: "256Mi" } }] },
    },
    configReloader: { enabled: false },
    serviceMonitor: { enabled: true },
    crds: { create: false },
  };
}

/**
 * Returns Alloy's configuration. Its labels are namespace, component, container and tenant alone: a user, school or
 * address in a label would be indexed for good.
 */
export function alloyConfig({ lokiUrl, operatorLogTenant }: Omit<AlloyValuesProps, "image">): string {
  return [findPods, labelPods(operatorLogTenant), readAndSend(lokiUrl)].join("\n");
}

/** Finds the pods of the node that this Alloy runs on. */
const findPods = `discovery.kubernetes "pods" {
  role = "pod"
  selectors {
    role  = "pod"
    field = "spec.nodeName=" + coalesce(sys.env("HOSTNAME"), constants.hostname)
  }
}
`;

const labelPods = (operatorLogTenant: string): string => `discovery.relabel "pods" {
  targets = discovery.kubernetes.pods.targets
  rule {
    source_labels = ["__meta_kubernetes_namespace"]
    target_label  = "namespace"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_label_app_kubernetes_io_component"]
    target_label  = "component"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_container_name"]
    target_label  = "container"
  }
  rule {
    target_label = "tenant"
    replacement  = "${operatorLogTenant}"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_label_homeroom_tenant"]
    regex         = "(.+)"
    target_label  = "tenant"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_uid", "__meta_kubernetes_pod_container_name"]
    separator     = "/"
    target_label  = "__path__"
    replacement   = "/var/log/pods/*$1/*.log"
  }
}
`;

/** Reads the files, takes tokens out of each line and sends it to the store. */
const readAndSend = (lokiUrl: string): string => `local.file_match "pods" {
  path_targets = discovery.relabel.pods.output
}

loki.source.file "pods" {
  targets    = local.file_match.pods.targets
  forward_to = [loki.process.pods.receiver]
}

loki.process "pods" {
  forward_to = [loki.write.default.receiver]
  stage.cri { }
  // A second net under the log formats: no token of a query string and no JWT reaches the store.
  stage.replace {
    expression = "[?&]jwt=([^&\\\\s\\"]+)"
    replace    = "removed"
  }
  stage.replace {
    expression = "(eyJ[A-Za-z0-9_-]{8,}\\\\.[A-Za-z0-9_-]{8,}\\\\.[A-Za-z0-9_-]{8,})"
    replace    = "removed"
  }
  stage.label_drop {
    values = ["filename", "stream"]
  }
  stage.tenant {
    label = "tenant"
  }
}

loki.write "default" {
  endpoint {
    url = "${lokiUrl}/loki/api/v1/push"
  }
}
`;
