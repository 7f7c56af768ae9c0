import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import * as kms from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import platform from "../../contract/platform.json" with { type: "json" };
import { Budget } from "../blocks/budget.ts";
import type { Tenant } from "../config/tenant.ts";
import type { Naming } from "../naming.ts";
import { GeneratedSecret } from "../blocks/generated-secret.ts";

export interface TenantStackProps extends StackProps {
  readonly naming: Naming;
  readonly tenant: Tenant;
  readonly alarmEmail: string;
}

/** What one tenant has for itself: a key, the user of its own database, and its budget. */
export class TenantStack extends Stack {
  readonly key: kms.Key;

  constructor(scope: Construct, id: string, props: TenantStackProps) {
    super(scope, id, props);
    const { naming, tenant } = props;
    this.key = new kms.Key(this, "Key", {
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
      description: `What belongs to tenant ${tenant.id} alone`,
    });
    new GeneratedSecret(this, "ReaderUser", {
      secretName: naming.forTenant(tenant.id).secret(platform.secretFiles.analyticsReaderUser),
      description: `Login of ${platform.roles.analyticsReader} in the database of tenant ${tenant.id}`,
      key: this.key,
      rotatedBy: "an operator with the runbook, in the database first",
      beside: {
        engine: "postgres",
        username: `${platform.roles.analyticsReader}${platform.loginSuffixes[0]}`,
      },
    });
    if (tenant.monthlyBudgetUsd !== undefined) {
      new Budget(this, "Budget", {
        name: `homeroom-${naming.environment}-${naming.region}-${tenant.id}`,
        limitUsd: tenant.monthlyBudgetUsd,
        email: props.alarmEmail,
        tag: `user:homeroom:tenant$${tenant.id}`,
      });
    }
  }
}
