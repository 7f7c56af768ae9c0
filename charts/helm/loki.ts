import { type MirroredImage, splitRegistry } from "./chart-source.ts";

export interface LokiValuesProps {
  readonly image: MirroredImage;
  /** One process for a small deployment, or all parts on their own. */
  readonly mode: "Monolithic" | "Distributed";
  readonly region: string;
  readonly chunksBucket: string;
  readonly rulerBucket: string;
  /** Days after which a log line is deleted. It is not retroactive. */
  readonly retentionDays: number;
  readonly storageClass: string;
  readonly serviceAccountName: string;
}

/** Values for grafana-community's Loki, chart 18.11.0 (3.7.6). The audit trail never depends on it. */
export function lokiValues(props: LokiValuesProps): Record<string, unknown> {
  const distributed = props.mode === "Distributed";
  const persistence = { enabled: true, size: "20Gi", storageClass: props.storageClass };
  return {
    deploymentMode: props.mode,
    loki: {
      image: splitRegistry(props.image, "lokiValues.image"),
      auth_enabled: true,
      analytics: { reporting_enabled: false },
      commonConfig: { replication_factor: distributed ? 3 : 1 },
      schemaConfig: {
        configs: [
          {
            from: "2026-01-01",
            store: "tsdb",
            object_store: "s3",
            schema: "v13",
            index: { prefix: "index_", period: "24h" },
          },
        ],
      },
      storage: {
        type: "s3",
        bucketNames: { chunks: props.chunksBucket, ruler: props.rulerBucket },
        s3: { region: props.region },
      },
      compactor: { retention_enabled: true, delete_request_store: "s3" },
      limits_config: {
        retention_period: `${props.retentionDays * 24}h`,
        max_label_names_per_series: 12,
        allow_structured_metadata: true,
        reject_old_samples_max_age: "24h",
      },
    },
    serviceAccount: { create: true, name: props.serviceAccountName, automountServiceAccountToken: false },
    minio: { enabled: false },
    rollout_operator: { enabled: distributed },
    ...(distributed
      ? {
          singleBinary: { replicas: 0 },
          ingester: { replicas: 3, persistence, zoneAwareReplication: { enabled: true } },
          distributor: { replicas: 3, maxUnavailable: 1 },
          querier: { replicas: 3, maxUnavailable: 1 },
          queryFrontend: { replicas: 2, maxUnavailable: 1 },
          queryScheduler: { replicas: 2 },
          indexGateway: { replicas: 2, maxUnavailable: 1, persistence },
          compactor: { replicas: 1, persistence },
        }
      : { singleBinary: { replicas: 1, persistence } }),
    gateway: { enabled: true, replicas: distributed ? 2 : 1 },
    lokiCanary: { enabled: false },
    test: { enabled: false },
  };
}
