import * as budgets from "aws-cdk-lib/aws-budgets";
import { Construct } from "constructs";

export interface BudgetProps {
  readonly name: string;
  readonly limitUsd: number;
  readonly email: string;
  /** The cost allocation tag whose costs count, as `user:Key$value`. */
  readonly tag: string;
}

/** A monthly budget that mails at 80 % of the real cost and when the forecast passes the limit. */
export class Budget extends Construct {
  constructor(scope: Construct, id: string, props: BudgetProps) {
    super(scope, id);
    const subscribers = [{ address: props.email, subscriptionType: "EMAIL" }];
    new budgets.CfnBudget(this, "Budget", {
      budget: {
        budgetName: props.name,
        budgetType: "COST",
        timeUnit: "MONTHLY",
        budgetLimit: { amount: props.limitUsd, unit: "USD" },
        costFilters: { TagKeyValue: [props.tag] },
      },
      notificationsWithSubscribers: [
        {
          notification: { notificationType: "ACTUAL", comparisonOperator: "GREATER_THAN", threshold: 80 },
          subscribers,
        },
        {
          notification: { notificationType: "FORECASTED", comparisonOperator: "GREATER_THAN", threshold: 100 },
          subscribers,
        },
      ],
    });
  }
}
