import { Stack, type StackProps } from "aws-cdk-lib";
import * as ssm from "aws-cdk-lib/aws-ssm";
import type { Construct } from "constructs";
import type { Issuer } from "../config/identity.ts";
import type { Tenant } from "../config/tenant.ts";
import type { Naming } from "../naming.ts";

export interface TenantsStackProps extends StackProps {
  readonly naming: Naming;
  readonly tenants: readonly Tenant[];
  readonly issuers: readonly Issuer[];
}

/** Tenants that share rows in one database: a record of each, so that a diff shows who joins and who leaves. */
export class TenantsStack extends Stack {
  constructor(scope: Construct, id: string, props: TenantsStackProps) {
    super(scope, id, props);
    for (const tenant of props.tenants) {
      const issuers = props.issuers.filter((issuer) => issuer.tenants.includes(tenant.id)).map((issuer) => issuer.url);
      new ssm.StringParameter(this, `Tenant-${tenant.id}`, {
        parameterName: `/homeroom/${props.naming.environment}/tenants/${tenant.id}`,
        description: `Tenant ${tenant.id}, ${tenant.isolation}`,
        stringValue: JSON.stringify({ isolation: tenant.isolation, timeZone: tenant.timeZone, issuers }),
      });
    }
  }
}
