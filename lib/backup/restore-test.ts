import * as backup from "aws-cdk-lib/aws-backup";
import type * as iam from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";

export interface RestoreTestProps {
  readonly name: string;
  readonly vaultArn: string;
  readonly role: iam.IRole;
  readonly subnetGroupName: string;
}

/** A restore test: once a month AWS restores the newest backup of each database and removes it after four hours. */
export class RestoreTest extends Construct {
  constructor(scope: Construct, id: string, props: RestoreTestProps) {
    super(scope, id);
    const plan = new backup.CfnRestoreTestingPlan(this, "Plan", {
      restoreTestingPlanName: props.name,
      scheduleExpression: "cron(0 15 1 * ? *)",
      startWindowHours: 8,
      recoveryPointSelection: {
        algorithm: "LATEST_WITHIN_WINDOW",
        includeVaults: [props.vaultArn],
        recoveryPointTypes: ["SNAPSHOT"],
        selectionWindowDays: 7,
      },
    });
    const selection = new backup.CfnRestoreTestingSelection(this, "Databases", {
      restoreTestingPlanName: props.name,
      restoreTestingSelectionName: "databases",
      iamRoleArn: props.role.roleArn,
      protectedResourceType: "RDS",
      protectedResourceArns: ["*"],
      restoreMetadataOverrides: {
        dbSubnetGroupName: props.subnetGroupName,
        publiclyAccessible: "false",
        multiAz: "false",
      },
      validationWindowHours: 4,
    });
    selection.addDependency(plan);
  }
}
