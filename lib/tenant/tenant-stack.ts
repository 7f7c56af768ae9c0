import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import * as kms from "aws-cdk-lib/aws-kms";
import type * as logs from "aws-cdk-lib/aws-logs";
import type * as sns from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import { loginsOf, platform } from "../../contract/index.ts";
import { Alarms } from "../blocks/alarms.ts";
import { AliasRecords, type AliasRecordsProps } from "../blocks/alias-records.ts";
import { AnalyticsAccess } from "../blocks/analytics-access.ts";
import { Budget } from "../blocks/budget.ts";
import { DatabaseUserRotation, type RotatedDatabase } from "../blocks/database-user-rotation.ts";
import { GeneratedSecret } from "../blocks/generated-secret.ts";
import { watchRotation } from "../blocks/rotation-alarms.ts";
import type { AnalyticsDatabase } from "../config/schema/analytics-database.ts";
import type { Tenant } from "../config/schema/tenant.ts";
import type { Naming } from "../naming.ts";

export interface TenantStackProps extends StackProps {
  /** The names of the region, not of the tenant. */
  readonly naming: Naming;
  readonly tenant: Tenant;
  /** The host names of the tenant, and the load balancer that they lead to. */
  readonly records: AliasRecordsProps;
  readonly alarmEmail: string;
  readonly countsCosts: boolean;
  /**
   * The tenant's database when the shared Superset reads it; an instance brings its own access and logins. @default
   * none
   */
  readonly database?: TenantDatabase;
}

export interface TenantDatabase {
  readonly analytics: AnalyticsDatabase;
  readonly vpc: ec2.IVpc;
  readonly podsSecurityGroupId: string;
  /**
   * The rotation of the login; undefined when no administrator is named, and an operator makes the login and changes
   * its password.
   */
  readonly rotation: ReaderRotation | undefined;
}

export interface ReaderRotation {
  readonly database: RotatedDatabase;
  readonly everyDays: number;
  readonly logDays: logs.RetentionDays;
  readonly alarmTopic: sns.ITopic;
}

/**
 * The resources of one tenant: hosts, a budget and, with a database of its own, the login, its rotation and the
 * access to it.
 */
export class TenantStack extends Stack {
  /** The key that encrypts the login; undefined where there is none. */
  readonly key: kms.Key | undefined;

  constructor(scope: Construct, id: string, props: TenantStackProps) {
    super(scope, id, props);
    const { naming, tenant } = props;
    if (props.database !== undefined) this.key = this.#addDatabase(props, props.database);
    new AliasRecords(this, "Records", props.records);
    if (props.countsCosts && tenant.monthlyBudgetUsd !== undefined) {
      new Budget(this, "Budget", {
        name: `homeroom-${naming.environment}-${naming.region}-${tenant.id}`,
        limitUsd: tenant.monthlyBudgetUsd,
        email: props.alarmEmail,
        tag: `user:homeroom:tenant$${tenant.id}`,
      });
    }
  }

  #addDatabase({ naming, tenant }: TenantStackProps, database: TenantDatabase): kms.Key {
    const { analytics, vpc, podsSecurityGroupId, rotation } = database;
    const key = new kms.Key(this, "Key", {
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
      description: `What belongs to tenant ${tenant.id} alone`,
    });
    const file = platform.secretFiles.analyticsReaderUser;
    const role = platform.roles.analyticsReader;
    const { host, port, name } = analytics;
    const secret = new GeneratedSecret(this, "ReaderUser", {
      secretName: naming.forTenant(tenant.id).secret(file),
      description: `Login of ${role} in the database of tenant ${tenant.id}`,
      key,
      ...(rotation === undefined && { rotatedBy: "an operator with the runbook: no administrator of it is named" }),
      beside: {
        engine: "postgres",
        host,
        port,
        dbname: name,
        username: loginsOf({ role, tenant: tenant.id })[0],
      },
    });
    new AnalyticsAccess(this, "Analytics", { database: analytics, vpc, from: podsSecurityGroupId });
    if (rotation !== undefined) {
      const { watched } = new DatabaseUserRotation(this, "ReaderRotation", {
        naming: naming.forTenant(tenant.id),
        name: "analytics-users-rotation",
        vpc,
        key,
        logDays: rotation.logDays,
        database: rotation.database,
        users: [{ name: `${file}.${tenant.id}`, secret }],
        rotateEveryDays: rotation.everyDays,
      });
      const alarms = new Alarms(this, "Alarms", { topic: rotation.alarmTopic, naming });
      watchRotation(alarms, { ...watched, tenant: tenant.id });
    }
    return key;
  }
}
