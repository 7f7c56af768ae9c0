import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as actions from "aws-cdk-lib/aws-cloudwatch-actions";
import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { Naming } from "../naming.ts";

export interface AlarmDefinition {
  /** The alarm's name, which is also its heading in docs/runbook.md in lower case with hyphens. */
  readonly name: string;
  /**
   * The tenant whose instance the alarm watches; the alarm's name begins with it, the heading does not. @default the
   * shared instance
   */
  readonly tenant?: string | undefined;
  readonly metric: cloudwatch.IMetric;
  readonly above?: number;
  readonly below?: number;
  readonly forMinutes: number;
  readonly meaning: string;
  /** Says what a metric without data means: silence is normal for counts of errors, and an outage for a gauge. */
  readonly whenSilent: "fine" | "alarm";
}

/** Makes alarms. There is no other way to one, so every alarm has an explicit name, a meaning and a runbook heading. */
export class Alarms extends Construct {
  readonly #topic: sns.ITopic;
  readonly #naming: Naming;
  readonly #graphs: cloudwatch.GraphWidget[] = [];
  readonly #all: cloudwatch.Alarm[] = [];

  constructor(scope: Construct, id: string, props: { readonly topic: sns.ITopic; readonly naming: Naming }) {
    super(scope, id);
    this.#topic = props.topic;
    this.#naming = props.naming;
  }

  add(definition: AlarmDefinition): void {
    const { name, tenant, above, below } = definition;
    const owned = tenant === undefined ? name : `tenant-${tenant}-${name}`;
    const threshold = above ?? below;
    if (threshold === undefined || (above !== undefined && below !== undefined)) {
      throw new Error(`Alarm ${name}: give either "above" or "below", one of the two`);
    }
    const alarm = new cloudwatch.Alarm(this, owned, {
      alarmName: this.#naming.alarm(owned),
      alarmDescription: `${definition.meaning} See docs/runbook.md#${name}`,
      metric: definition.metric,
      threshold,
      comparisonOperator:
        above !== undefined
          ? cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
          : cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: Math.max(1, Math.ceil(definition.forMinutes / 5)),
      treatMissingData:
        definition.whenSilent === "alarm"
          ? cloudwatch.TreatMissingData.BREACHING
          : cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    this.#all.push(alarm);
    this.#graphs.push(
      new cloudwatch.GraphWidget({
        title: owned,
        width: 8,
        left: [definition.metric],
        leftAnnotations: [{ value: threshold, label: "alarm" }],
      }),
    );
    const action = new actions.SnsAction(this.#topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }

  /** Makes a page with the state of every alarm, and below it what each watches, with its threshold. */
  dashboard(name: string): void {
    new cloudwatch.Dashboard(this, "Dashboard", {
      dashboardName: name,
      widgets: [[new cloudwatch.AlarmStatusWidget({ title: "Alarms", width: 24, alarms: this.#all })], this.#graphs],
    });
  }
}

export function metric(props: {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Record<string, string>;
  readonly statistic: "Average" | "Maximum" | "Sum" | "Minimum";
}): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: props.namespace,
    metricName: props.name,
    dimensionsMap: props.dimensions,
    statistic: props.statistic,
    period: Duration.minutes(5),
  });
}

/** The highest of several metrics; it is silent only when all of them are. */
export function highest(metrics: readonly cloudwatch.Metric[]): cloudwatch.IMetric {
  const usingMetrics = Object.fromEntries(metrics.map((each, index) => [`m${index + 1}`, each]));
  return new cloudwatch.MathExpression({
    expression: `MAX([${Object.keys(usingMetrics).join(", ")}])`,
    usingMetrics,
    period: Duration.minutes(5),
  });
}
