import * as eks from "aws-cdk-lib/aws-eks-v2";
import { Construct } from "constructs";

export interface ManifestsProps {
  readonly cluster: eks.ICluster;
  readonly objects: readonly object[];
}

/**
 * The objects of one Superset as CloudFormation resources of the stack that owns them. `cluster.addManifest` would
 * put them into the cluster's stack and make that stack depend on this one.
 */
export class Manifests extends Construct {
  constructor(scope: Construct, id: string, props: ManifestsProps) {
    super(scope, id);
    const groups = new Map<string, Record<string, unknown>[]>();
    for (const object of props.objects) {
      const manifest = { ...object } as Record<string, unknown>;
      const group = groupOf(String(manifest["kind"]));
      groups.set(group, [...(groups.get(group) ?? []), manifest]);
    }
    let previous: eks.KubernetesManifest | undefined;
    for (const group of order) {
      const manifest = groups.get(group);
      if (manifest === undefined) continue;
      const applied = new eks.KubernetesManifest(this, group, { cluster: props.cluster, manifest, overwrite: true });
      if (previous !== undefined) applied.node.addDependency(previous);
      previous = applied;
    }
  }
}

const order = ["Policies", "Settings", "Workloads", "Edge", "Monitoring"] as const;

const groupsByKind: Readonly<Record<string, (typeof order)[number]>> = {
  NetworkPolicy: "Policies",
  PodDisruptionBudget: "Policies",
  ResourceQuota: "Policies",
  LimitRange: "Policies",
  ServiceAccount: "Settings",
  ConfigMap: "Settings",
  SecretProviderClass: "Settings",
  Ingress: "Edge",
  ServiceMonitor: "Monitoring",
  PrometheusRule: "Monitoring",
};

function groupOf(kind: string): (typeof order)[number] {
  return groupsByKind[kind] ?? "Workloads";
}
