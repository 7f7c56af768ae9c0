import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import * as backup from "aws-cdk-lib/aws-backup";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import * as rds from "aws-cdk-lib/aws-rds";
import type { Construct } from "constructs";
import { backupTag } from "../blocks/backup-tag.ts";
import type { BackupClass, Backups } from "../config/schema/backups.ts";
import { isOn } from "../config/schema/protection.ts";
import { acknowledge, managedPolicy } from "../checks/findings/acknowledge.ts";
import type { Naming } from "../naming.ts";
import { RestoreTest } from "./restore-test.ts";
import { Vault } from "./vault.ts";

export interface BackupStackProps extends StackProps {
  readonly naming: Naming;
  readonly backups: Backups;
  readonly vpc: ec2.IVpc;
  /** The vault in the zone's second region, by name alone. */
  readonly copy?: { readonly region: string; readonly vaultName: string };
}

const classes: readonly BackupClass[] = ["metadata", "audit"];

/** One plan per class of data; a resource joins by its tag. Each recovery point is copied to the second region at once, unless configuration says why not. */
export class BackupStack extends Stack {
  readonly vaultName: string;
  readonly #props: BackupStackProps;

  constructor(scope: Construct, id: string, props: BackupStackProps) {
    super(scope, id, props);
    this.#props = props;
    this.vaultName = props.naming.backupVault("backups");
    const key = new kms.Key(this, "Key", {
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
      description: "Recovery points of the home region",
    });
    const vault = new Vault(this, "Vault", { vaultName: this.vaultName, key, lock: props.backups.lock });
    const role = this.#role("BackUp", "backup", "AWSBackupServiceRolePolicyForBackup");
    for (const name of classes) this.#plan(name, vault, role);
    if (isOn(props.backups.restoreTests)) {
      new RestoreTest(this, "RestoreTest", {
        // The name of a restore testing plan takes letters, digits and underscores.
        name: props.naming.backupVault("restores").replaceAll("-", "_"),
        vaultArn: vault.backupVaultArn,
        role: this.#role("Restore", "restore", "AWSBackupServiceRolePolicyForRestores"),
        subnetGroupName: new rds.SubnetGroup(this, "RestoreSubnets", {
          vpc: props.vpc,
          vpcSubnets: { subnetGroupName: "data" },
          description: "Databases of restore tests: no security group admits anyone",
        }).subnetGroupName,
      });
    }
  }

  #plan(name: BackupClass, vault: backup.BackupVault, role: iam.IRole): void {
    const { copy, naming } = this.#props;
    const { everyHours, keepDays, copyKeepDays } = this.#props.backups[name];
    const destination = copy && `arn:aws:backup:${copy.region}:${this.account}:backup-vault:${copy.vaultName}`;
    const plan = new backup.CfnBackupPlan(this, `Plan-${name}`, {
      backupPlan: {
        backupPlanName: naming.backupVault(name),
        backupPlanRule: [
          {
            ruleName: `every-${everyHours}-hours`,
            targetBackupVault: vault.backupVaultName,
            scheduleExpression: everyHours === 24 ? "cron(30 15 * * ? *)" : `cron(30 0/${everyHours} * * ? *)`,
            startWindowMinutes: 60,
            completionWindowMinutes: 480,
            lifecycle: { deleteAfterDays: keepDays },
            ...(destination === undefined
              ? {}
              : {
                  copyActions: [
                    { destinationBackupVaultArn: destination, lifecycle: { deleteAfterDays: copyKeepDays } },
                  ],
                }),
          },
        ],
      },
    });
    new backup.CfnBackupSelection(this, `Selection-${name}`, {
      backupPlanId: plan.attrBackupPlanId,
      backupSelection: {
        selectionName: name,
        iamRoleArn: role.roleArn,
        resources: [`arn:aws:rds:${this.region}:${this.account}:db:*`],
        conditions: {
          StringEquals: [
            { ConditionKey: `aws:ResourceTag/${backupTag}`, ConditionValue: name },
            { ConditionKey: "aws:ResourceTag/homeroom:environment", ConditionValue: naming.environment },
          ],
        },
      },
    });
  }

  #role(id: string, name: string, policy: string): iam.Role {
    const role = new iam.Role(this, id, {
      // The organisation's policy names it: nothing else may copy a snapshot.
      roleName: this.#props.naming.role(name),
      assumedBy: new iam.ServicePrincipal("backup.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": this.account } },
      }),
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName(`service-role/${policy}`)],
    });
    acknowledge(role, {
      reason: "AWS Backup requires its own managed policy, which follows what each service needs",
      solutions: [managedPolicy(`service-role/${policy}`)],
    });
    return role;
  }
}
