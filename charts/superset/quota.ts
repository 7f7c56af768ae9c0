import { partOf } from "../../contract/index.ts";
export interface QuotaProps {
  readonly namespace: string;
  readonly tenant: string;
  /** The resources that all pods of the namespace may ask for together. */
  readonly cpu: number;
  readonly memoryGib: number;
  readonly pods: number;
}

/**
 * Returns the limits of a namespace. Kubernetes refuses pods beyond the quota; a container that asks for nothing
 * counts with the default.
 */
export function quotaManifests({ namespace, tenant, cpu, memoryGib, pods }: QuotaProps): object[] {
  const metadata = {
    name: "quota",
    namespace,
    labels: { ...partOf, "homeroom/tenant": tenant },
  };
  return [
    {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata,
      spec: { hard: { "requests.cpu": String(cpu), "requests.memory": `${memoryGib}Gi`, pods: String(pods) } },
    },
    {
      apiVersion: "v1",
      kind: "LimitRange",
      metadata,
      spec: { limits: [{ type: "Container", defaultRequest: { cpu: "100m", memory: "256Mi" } }] },
    },
  ];
}
