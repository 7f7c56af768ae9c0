import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import * as kms from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import platform from "../../contract/platform.json" with { type: "json" };
import { AliasRecords, type AliasRecordsProps } from "../blocks/alias-records.ts";
import { AnalyticsAccess } from "../blocks/analytics-access.ts";
import { Budget } from "../blocks/budget.ts";
import { GeneratedSecret } from "../blocks/generated-secret.ts";
import type { AnalyticsDatabase } from "../config/analytics-database.ts";
import type { Tenant } from "../config/tenant.ts";
import type { Naming } from "../naming.ts";

export interface TenantStackProps extends StackProps {
  /** Of the region, not of the tenant. */
  readonly naming: Naming;
  readonly tenant: Tenant;
  /** Host names of the tenant and where they lead. */
  readonly records: AliasRecordsProps;
  readonly alarmEmail: string;
  readonly countsCosts: boolean;
  /** The tenant's own rows when the shared Superset reads them; an instance brings its own way and logins. */
  readonly database?: TenantDatabase;
}

export interface TenantDatabase {
  readonly analytics: AnalyticsDatabase;
  readonly vpc: ec2.IVpc;
  readonly podsSecurityGroupId: string;
}

/** What one tenant has for itself: hosts, a budget and, with a database of its own, the login and the way to it. */
export class TenantStack extends Stack {
  /** Encrypts the login, where there is one. */
  readonly key: kms.Key | undefined;

  constructor(scope: Construct, id: string, props: TenantStackProps) {
    super(scope, id, props);
    const { naming, tenant } = props;
    if (props.database !== undefined) this.key = this.#attach(props, props.database);
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

  #attach({ naming, tenant }: TenantStackProps, { analytics, vpc, podsSecurityGroupId }: TenantDatabase): kms.Key {
    const key = new kms.Key(this, "Key", {
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
      description: `What belongs to tenant ${tenant.id} alone`,
    });
    const { secretFiles, roles, loginSuffixes } = platform;
    new GeneratedSecret(this, "ReaderUser", {
      secretName: naming.forTenant(tenant.id).secret(secretFiles.analyticsReaderUser),
      description: `Login of ${roles.analyticsReader} in the database of tenant ${tenant.id}`,
      key,
      rotatedBy: "an operator with the runbook, in the database first",
      beside: { engine: "postgres", username: `${roles.analyticsReader}${loginSuffixes[0]}` },
    });
    new AnalyticsAccess(this, "Analytics", { database: analytics, vpc, from: podsSecurityGroupId });
    return key;
  }
}
