import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { Match } from "aws-cdk-lib/assertions";
import { environments, type Resource, synthesise } from "./synthesis.ts";
import { whole } from "./whole.ts";
import { expecting } from "../support/expecting.ts";
import { present } from "../support/narrowing.ts";

interface Measured {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
}

/** Under which dimensions AWS publishes what we ask for; an alarm on any others sees nothing, for ever. Each service's page of metrics. */
const published: Readonly<Record<string, readonly string[]>> = {
  "AWS/Backup": ["BackupVaultName"],
  "AWS/ElastiCache": ["CacheClusterId"],
  "AWS/Lambda": ["FunctionName"],
  "AWS/NetworkELB": ["LoadBalancer", "TargetGroup"],
  "AWS/RDS": ["DBInstanceIdentifier"],
  "AWS/S3": ["DestinationBucket", "RuleId", "SourceBucket"],
  "AWS/SQS": ["QueueName"],
};

function measured({ Properties = {} }: Resource): Measured[] {
  const parts = Properties["Metrics"] as { MetricStat?: { Metric: Measured } }[] | undefined;
  if (parts === undefined) return [Properties as unknown as Measured];
  return parts.flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [MetricStat.Metric]));
}

describe("observability", () => {
  const synthesis = synthesise(environments.dev);
  const template = synthesis.template("observability");
  const alarms = synthesis.resources().filter(({ resource }) => resource.Type === "AWS::CloudWatch::Alarm");

  it("names every alarm, says what it means and tells somebody", () => {
    expect(alarms).toHaveLength(25);
    for (const { id, resource } of alarms) {
      expecting(id, String(resource.Properties?.["AlarmName"])).toMatch(/^homeroom-dev-[a-z-]+$/);
      expecting(id, String(resource.Properties?.["AlarmDescription"])).toMatch(/See docs\/runbook\.md#[a-z-]+$/);
      expecting(id, resource.Properties?.["AlarmActions"]).toBeDefined();
    }
  });

  it("has a heading in the runbook for every alarm", () => {
    const runbook = readFileSync("docs/runbook.md", "utf8");
    for (const { resource } of alarms) {
      const [, name] = /#([a-z-]+)$/.exec(String(resource.Properties?.["AlarmDescription"])) ?? [];
      expect(String(resource.Properties?.["AlarmName"])).toMatch(new RegExp(`^homeroom-dev-(tenant-south-)?${name}$`));
      expect(runbook).toMatch(new RegExp(`^#+ ${name}$`, "m"));
    }
  });

  it("watches a tenant's own instance under the same headings", () => {
    const names = synthesise(whole)
      .resources()
      .filter(({ resource }) => resource.Type === "AWS::CloudWatch::Alarm")
      .map(({ resource }) => [resource.Properties?.["AlarmName"], resource.Properties?.["AlarmDescription"]].join(" "));
    const [cpu] = names.filter((name) => name.startsWith("homeroom-prod-tenant-west-metadata-database-cpu "));
    expect(String(cpu)).toMatch(/See docs\/runbook\.md#metadata-database-cpu$/);
  });

  it("treats a silent database as an outage", () => {
    template.hasResourceProperties("AWS::CloudWatch::Alarm", {
      AlarmName: "homeroom-dev-metadata-database-storage",
      TreatMissingData: "breaching",
      Threshold: 5 * 1024 ** 3,
    });
  });

  it("asks for metrics under the dimensions that AWS publishes them with", () => {
    const everything = synthesise(whole)
      .resources()
      .filter(({ resource }) => resource.Type === "AWS::CloudWatch::Alarm")
      .flatMap(({ resource }) => measured(resource));
    for (const { Namespace, MetricName, Dimensions } of everything) {
      expecting(`${Namespace} ${MetricName}`, Dimensions.map(({ Name }) => Name).sort()).toStrictEqual(
        published[Namespace],
      );
    }
    expect([...new Set(everything.map(({ Namespace }) => Namespace))].sort()).toStrictEqual(Object.keys(published));
  });

  it("watches the primary and each replica of a Redis group by its own id", () => {
    const { replicas } = environments.prod.data.broker;
    const busy = synthesise(environments.prod)
      .resources()
      .find(({ resource }) => resource.Properties?.["AlarmName"] === "homeroom-prod-broker-redis-cpu");
    present(busy);
    const ids = measured(busy.resource).map(({ Dimensions }) => JSON.stringify(Dimensions[0]?.Value));
    expect(ids).toHaveLength(replicas + 1);
    ids.forEach((id, index) => expect(id).toMatch(new RegExp(`-00${index + 1}"`)));
    const [expression] = busy.resource.Properties?.["Metrics"] as { Expression?: string }[];
    expect(String(expression?.Expression)).toMatch(/^MAX\(\[(m\d(, )?)+\]\)$/);
  });

  it("takes thresholds from configuration", () => {
    const input = environments.dev;
    synthesise({ ...input, observability: { ...input.observability, cpuPercent: 42 } })
      .template("observability")
      .hasResourceProperties("AWS::CloudWatch::Alarm", { AlarmName: "homeroom-dev-cache-redis-cpu", Threshold: 42 });
  });

  it("mails alarms over an encrypted topic", () => {
    template.hasResourceProperties("AWS::SNS::Topic", { KmsMasterKeyId: Match.anyValue() });
    template.hasResourceProperties("AWS::SNS::Subscription", {
      Protocol: "email",
      Endpoint: "operations@homeroom.example",
    });
  });

  it("tells of a restore test that failed", () => {
    template.hasResourceProperties("AWS::Events::Rule", {
      Name: "homeroom-dev-restore-test-failed",
      EventPattern: Match.objectLike({ detail: { status: ["FAILED", "ABORTED"] } }),
      Targets: [Match.objectLike({ Arn: Match.anyValue() })],
    });
  });

  it("tells of a rotation that did not start, which no metric of a function shows", () => {
    template.hasResourceProperties("AWS::Events::Rule", {
      Name: "homeroom-dev-secret-rotation-failed",
      EventPattern: {
        source: ["aws.secretsmanager"],
        "detail-type": ["AWS Service Event via CloudTrail"],
        detail: Match.objectLike({ eventName: Match.arrayWith(["RotationFailed"]) }),
      },
    });
  });

  it("has a heading in the runbook for every rule of events", () => {
    const runbook = readFileSync("docs/runbook.md", "utf8");
    const rules = Object.values(synthesis.json("observability").Resources).filter(
      ({ Type }) => Type === "AWS::Events::Rule",
    );
    expect(rules).toHaveLength(2);
    for (const { Properties } of rules) {
      const name = String(Properties?.["Name"]).replace("homeroom-dev-", "");
      expect(String(Properties?.["Description"])).toMatch(new RegExp(`See docs/runbook\\.md#${name}$`));
      expect(runbook).toMatch(new RegExp(`^### ${name}$`, "m"));
    }
  });

  it("draws every alarm of the region on one dashboard", () => {
    const dashboards = synthesis.resources().filter(({ resource }) => resource.Type === "AWS::CloudWatch::Dashboard");
    expect(dashboards).toHaveLength(1);
    const body = JSON.stringify(dashboards[0]?.resource.Properties);
    for (const { resource } of alarms.filter(({ stack }) => stack === "observability")) {
      const name = String(resource.Properties?.["AlarmName"]).replace("homeroom-dev-", "");
      expecting(name, body).toContain(name);
    }
  });
});
