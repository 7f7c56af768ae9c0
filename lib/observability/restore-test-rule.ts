import * as events from "aws-cdk-lib/aws-events";
import * as targets from "aws-cdk-lib/aws-events-targets";
import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";

export interface RestoreTestRuleProps {
  readonly topic: sns.ITopic;
  /** Also a heading of docs/runbook.md, behind the prefix of alarms. */
  readonly ruleName: string;
}

/** AWS Backup has no metric for a restore that failed, only an event. */
export class RestoreTestRule extends Construct {
  constructor(scope: Construct, id: string, { topic, ruleName }: RestoreTestRuleProps) {
    super(scope, id);
    new events.Rule(this, "Rule", {
      ruleName,
      description: "A recovery point could not be restored. See docs/runbook.md#restore-test-failed",
      eventPattern: {
        source: ["aws.backup"],
        detailType: ["Restore Job State Change"],
        detail: { status: ["FAILED", "ABORTED"] },
      },
      targets: [new targets.SnsTopic(topic)],
    });
  }
}
