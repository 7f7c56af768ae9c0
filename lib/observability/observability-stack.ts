import { Stack, type StackProps } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import * as sns from "aws-cdk-lib/aws-sns";
import * as subscriptions from "aws-cdk-lib/aws-sns-subscriptions";
import type { Construct } from "constructs";
import { Alarms, highest, metric } from "../blocks/alarms.ts";
import { Budget } from "../blocks/budget.ts";
import { watchRotation } from "../blocks/rotation-alarms.ts";
import type { WatchedRotation } from "../blocks/rotation-function.ts";
import type { Observability } from "../config/schema/observability.ts";
import type { Naming } from "../naming.ts";
import { type ArchiveToWatch, watchArchive } from "./archive-alarms.ts";
import { watchBackups } from "./backup-alarms.ts";
import { EventRule } from "./event-rule.ts";
import { type EdgeToWatch, watchEdge } from "./edge-alarms.ts";

/** The instance that something belongs to; undefined for the shared one. */
interface OfInstance {
  readonly tenant: string | undefined;
}

export interface ObservabilityStackProps extends StackProps {
  readonly naming: Naming;
  readonly observability: Observability;
  /** Makes the budget, in one region alone: it counts all of them, and ap-southeast-4 has no such type. */
  readonly countsCosts: boolean;
  readonly databases: readonly (OfInstance & { readonly name: string; readonly identifier: string })[];
  readonly redis: readonly (OfInstance & { readonly name: string; readonly nodes: readonly string[] })[];
  readonly archive: ArchiveToWatch;
  readonly backupVaultName: string;
  readonly edge: EdgeToWatch;
  readonly rotations: readonly (OfInstance & WatchedRotation)[];
}

export class ObservabilityStack extends Stack {
  /** The topic that mails every alarm; a stack with alarms of its own sends them here. */
  readonly topic: sns.Topic;

  constructor(scope: Construct, id: string, props: ObservabilityStackProps) {
    super(scope, id, props);
    const { naming, observability } = props;
    const key = new kms.Key(this, "Key", { enableKeyRotation: true, description: "Alarm messages" });
    const cloudwatch = new iam.ServicePrincipal("cloudwatch.amazonaws.com");
    // No condition: AWS documents no source account in what CloudWatch asks of KMS, and a refusal there is silent.
    key.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [cloudwatch],
        actions: ["kms:Decrypt", "kms:GenerateDataKey*"],
        resources: ["*"],
      }),
    );
    const topic = new sns.Topic(this, "Topic", { masterKey: key, enforceSSL: true });
    this.topic = topic;
    // A policy of its own replaces the one that SNS gives a topic, which lets the account's alarms in.
    topic.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [cloudwatch],
        actions: ["sns:Publish"],
        resources: [topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": this.account } },
      }),
    );
    topic.addSubscription(new subscriptions.EmailSubscription(observability.alarmEmail));
    const alarms = new Alarms(this, "Alarms", { topic, naming });
    for (const database of props.databases) this.#watchDatabase(alarms, database, observability);
    for (const redis of props.redis) this.#watchRedis(alarms, redis, observability);
    for (const rotation of props.rotations) watchRotation(alarms, rotation);
    watchEdge(alarms, props.edge);
    watchArchive(alarms, props.archive, observability.archiveLagMinutes);
    watchBackups(alarms, props.backupVaultName);
    this.#listen(topic, naming);
    alarms.dashboard(naming.stack("alarms"));
    if (props.countsCosts) {
      new Budget(this, "Budget", {
        name: naming.stack("month"),
        limitUsd: observability.monthlyBudgetUsd,
        email: observability.alarmEmail,
        tag: `user:homeroom:environment$${naming.environment}`,
      });
    }
  }

  #listen(topic: sns.ITopic, naming: Naming): void {
    new EventRule(this, "RestoreTests", {
      topic,
      naming,
      name: "restore-test-failed",
      meaning: "A recovery point could not be restored.",
      pattern: {
        source: ["aws.backup"],
        detailType: ["Restore Job State Change"],
        detail: { status: ["FAILED", "ABORTED"] },
      },
    });
    // A rotation that could not start runs no function, so the alarms on functions stay quiet. Any secret of the account: all are ours.
    new EventRule(this, "Rotations", {
      topic,
      naming,
      name: "secret-rotation-failed",
      meaning: "Secrets Manager gave up a rotation, or could not start it.",
      pattern: {
        source: ["aws.secretsmanager"],
        detailType: ["AWS Service Event via CloudTrail"],
        detail: { eventSource: ["secretsmanager.amazonaws.com"], eventName: ["RotationFailed", "RotationAbandoned"] },
      },
    });
  }

  #watchDatabase(
    alarms: Alarms,
    { tenant, name, identifier }: ObservabilityStackProps["databases"][number],
    { cpuPercent, freeStorageGb }: Observability,
  ): void {
    const of = (metricName: string, statistic: "Average" | "Minimum") =>
      metric({ namespace: "AWS/RDS", name: metricName, dimensions: { DBInstanceIdentifier: identifier }, statistic });
    alarms.add({
      tenant,
      name: `${name}-database-cpu`,
      metric: of("CPUUtilization", "Average"),
      above: cpuPercent,
      forMinutes: 15,
      meaning: `The ${name} database is short of processor time.`,
      whenSilent: "alarm",
    });
    alarms.add({
      tenant,
      name: `${name}-database-storage`,
      metric: of("FreeStorageSpace", "Minimum"),
      below: freeStorageGb * 1024 ** 3,
      forMinutes: 5,
      meaning: `The ${name} database runs out of disk; storage grows by itself until its maximum.`,
      whenSilent: "alarm",
    });
  }

  #watchRedis(
    alarms: Alarms,
    { tenant, name, nodes }: ObservabilityStackProps["redis"][number],
    { cpuPercent, memoryPercent }: Observability,
  ): void {
    const of = (name: string) =>
      highest(
        nodes.map((node) =>
          metric({ namespace: "AWS/ElastiCache", name, dimensions: { CacheClusterId: node }, statistic: "Maximum" }),
        ),
      );
    alarms.add({
      tenant,
      name: `${name}-redis-cpu`,
      metric: of("EngineCPUUtilization"),
      above: cpuPercent,
      forMinutes: 10,
      meaning: `The ${name} Redis is busy; Superset answers with errors when it is gone.`,
      whenSilent: "alarm",
    });
    alarms.add({
      tenant,
      name: `${name}-redis-memory`,
      metric: of("DatabaseMemoryUsagePercentage"),
      above: memoryPercent,
      forMinutes: 10,
      meaning: `The ${name} Redis is nearly full.`,
      whenSilent: "alarm",
    });
  }
}
