import type { AuditStack } from "../audit/audit-stack.ts";
import type { BackupStack } from "../backup/backup-stack.ts";
import { countsCosts } from "../cost/cost-region.ts";
import type { EdgeStack } from "../edge/edge-stack.ts";
import { ObservabilityStack } from "../observability/observability-stack.ts";
import type { Copies } from "./copies.ts";
import type { StoredInstance } from "./instances.ts";
import type { RegionContext } from "./region-context.ts";

interface WatchedStacks {
  readonly instances: readonly StoredInstance[];
  readonly audit: AuditStack;
  readonly copies: Copies;
  readonly backups: BackupStack;
  readonly edge: EdgeStack;
}

/** Adds the alarms of a region on everything that holds data or answers the internet. */
export function addAlarms(context: RegionContext, watched: WatchedStacks): ObservabilityStack {
  const { app, deployment, region, naming, stateless } = context;
  const { instances, audit, copies, backups, edge } = watched;
  return new ObservabilityStack(app, naming.stack("observability"), {
    ...stateless("alarms"),
    naming,
    observability: deployment.observability,
    countsCosts: countsCosts(deployment, region),
    databases: [
      ...instances.map(({ naming: { tenant }, data }) => ({
        name: "metadata",
        tenant,
        identifier: data.metadata.instance.instanceIdentifier,
      })),
      { name: "audit", tenant: undefined, identifier: audit.database.instance.instanceIdentifier },
    ],
    redis: instances.flatMap(({ naming: { tenant }, data }) => [
      { name: "cache", tenant, nodes: data.cache.nodes },
      { name: "broker", tenant, nodes: data.broker.nodes },
    ]),
    archive: {
      bucketName: naming.bucket("audit", deployment.account),
      copyBucketName: copies.audit.bucketName,
      ruleId: audit.replicationRule,
    },
    backupVaultName: backups.vaultName,
    edge: {
      loadBalancer: edge.loadBalancer.loadBalancerFullName,
      targetGroup: edge.targetGroup.targetGroupFullName,
    },
    rotations: instances.flatMap(({ naming: { tenant }, secrets }) =>
      secrets.rotations.map((rotation) => ({ ...rotation, tenant })),
    ),
  });
}
