import { type Alarms, metric } from "./alarms.ts";
import type { WatchedRotation } from "./rotation-function.ts";

/** Raises an alarm when a step of a rotation fails, and one when a rotation gave up. */
export function watchRotation(
  alarms: Alarms,
  { tenant, name, functionName, deadLetterQueueName }: WatchedRotation & { readonly tenant: string | undefined },
): void {
  alarms.add({
    tenant,
    name: `${name}-failed`,
    metric: metric({
      namespace: "AWS/Lambda",
      name: "Errors",
      dimensions: { FunctionName: functionName },
      statistic: "Sum",
    }),
    above: 0,
    forMinutes: 5,
    meaning: "A step of a rotation ended with an error; what is in use stays in use.",
    whenSilent: "fine",
  });
  alarms.add({
    tenant,
    name: `${name}-lost`,
    metric: metric({
      namespace: "AWS/SQS",
      name: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: deadLetterQueueName },
      statistic: "Maximum",
    }),
    above: 0,
    forMinutes: 5,
    meaning: "A rotation gave up after its retries.",
    whenSilent: "fine",
  });
}
