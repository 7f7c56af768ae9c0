import { type MirroredImage, splitRegistry } from "./chart-source.ts";

export interface LokiValuesProps {
  readonly image: MirroredImage;
  readonly gateway: MirroredImage;
  readonly rolloutOperator: MirroredImage;
  /** The layout: one process for a small deployment, or all parts as separate pods. */
  readonly mode: "Monolithic" | "Distributed";
  readonly region: string;
  readonly chunksBucket: string;
  readonly rulerBucket: string;
  /** Days after which a log line is deleted. It is not retroactive. */
  readonly retentionDays: number;
  readonly storageClass: string;
  readonly serviceAccountName: string;
  readonly dnsAddress: string;
}

const isDistributed = ({ mode }: LokiValuesProps): boolean => mode === "Distributed";

/** Values for grafana-community's Loki, chart 18.11.0 (3.7.6). The audit trail never depends on it. */
export function lokiValues(props: LokiValuesProps): Record<string, unknown> {
  return {
    deploymentMode: props.mode,
    loki: configuration(props),
    serviceAccount: { create: true, name: props.serviceAccountName, automountServiceAccountToken: false },
    minio: { enabled: false },
    // The chart's third layout, which its defaults start beside the chosen one.
    read: { replicas: 0 },
    write: { replicas: 0 },
    backend: { replicas: 0 },
    rollout_operator: {
      enabled: isDistributed(props),
      ...(isDistributed(props) && { image: rolloutImage(props.rolloutOperator) }),
    },
    sidecar: { rules: { enabled: false } },
    // Memcached for a log store of this size costs more than the reads of S3 that it saves.
    chunksCache: { enabled: false },
    resultsCache: { enabled: false },
    ...pods(props),
    gateway: gateway(props),
    lokiCanary: { enabled: false },
    test: { enabled: false },
  };
}

function configuration(props: LokiValuesProps): Record<string, unknown> {
  return {
    image: splitRegistry(props.image, "lokiValues.image"),
    auth_enabled: true,
    analytics: { reporting_enabled: false },
    commonConfig: { replication_factor: isDistributed(props) ? 3 : 1 },
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
    // Grafana asks for all of its tenants at once, joined with "|"; Loki refuses that by default.
    querier: { multi_tenant_queries_enabled: true },
    compactor: { retention_enabled: true, delete_request_store: "s3" },
    limits_config: {
      retention_period: `${props.retentionDays * 24}h`,
      max_label_names_per_series: 12,
      allow_structured_metadata: true,
      reject_old_samples_max_age: "24h",
    },
  };
}

/** Returns the values of the pods in the layout that was chosen. */
function pods(props: LokiValuesProps): Record<string, unknown> {
  const { storageClass } = props;
  const size = "20Gi";
  const persistence = { enabled: true, size, storageClass };
  const claimed = { enabled: true, claims: [{ name: "data", accessModes: ["ReadWriteOnce"], size, storageClass }] };
  if (!isDistributed(props)) return { singleBinary: { replicas: 1, persistence } };
  return {
    singleBinary: { replicas: 0 },
    ingester: { replicas: 3, persistence: claimed, zoneAwareReplication: { enabled: true } },
    distributor: { replicas: 3, maxUnavailable: 1 },
    querier: { replicas: 3, maxUnavailable: 1 },
    queryFrontend: { replicas: 2, maxUnavailable: 1 },
    queryScheduler: { replicas: 2 },
    indexGateway: { replicas: 2, maxUnavailable: 1, persistence },
    compactor: { replicas: 1, persistence: claimed },
  };
}

function gateway(props: LokiValuesProps): Record<string, unknown> {
  return {
    enabled: true,
    replicas: isDistributed(props) ? 2 : 1,
    image: splitRegistry(props.gateway, "lokiValues.gateway"),
    // Its lines hold queries of operators, and the exporter beside it is one more image.
    verboseLogging: false,
    metrics: { enabled: false },
    // By default nginx asks for a Service named kube-dns, which Auto Mode does not have (aws/containers-roadmap#2546).
    nginxConfig: { resolver: props.dnsAddress },
  };
}

// This chart joins repository and tag with a colon, so the digest follows a tag.
function rolloutImage(image: MirroredImage): { registry: string; repository: string; tag: string } {
  const { registry, repository, digest } = splitRegistry(image, "lokiValues.rolloutOperator");
  return { registry, repository, tag: `pinned@${digest}` };
}
