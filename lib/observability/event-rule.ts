import * as events from "aws-cdk-lib/aws-events";
import * as targets from "aws-cdk-lib/aws-events-targets";
import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { Naming } from "../naming.ts";

export interface EventRuleProps {
  readonly topic: sns.ITopic;
  readonly naming: Naming;
  /** The name, which is also the heading in docs/runbook.md. */
  readonly name: string;
  readonly meaning: string;
  readonly pattern: events.EventPattern;
}

/** An alarm on something that AWS tells by an event and by no metric. */
export class EventRule extends Construct {
  constructor(scope: Construct, id: string, { topic, naming, name, meaning, pattern }: EventRuleProps) {
    super(scope, id);
    new events.Rule(this, "Rule", {
      ruleName: naming.alarm(name),
      description: `${meaning} See docs/runbook.md#${name}`,
      eventPattern: pattern,
      targets: [new targets.SnsTopic(topic)],
    });
  }
}
