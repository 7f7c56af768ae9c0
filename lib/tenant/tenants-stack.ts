import { Stack, type StackProps } from "aws-cdk-lib";
import * as ssm from "aws-cdk-lib/aws-ssm";
import type { Construct } from "constructs";
import { AliasRecords, type AliasRecordsProps } from "../blocks/alias-records.ts";
import type { Issuer } from "../config/schema/identity.ts";
import type { Tenant } from "../config/schema/tenant.ts";
import type { Naming } from "../naming.ts";

export interface TenantsStackProps extends StackProps {
  readonly naming: Naming;
  readonly tenants: readonly Tenant[];
  readonly issuers: readonly Issuer[];
  /** The host names of these tenants, and the load balancer that they lead to. */
  readonly records: AliasRecordsProps;
}

/** The tenants that share rows in one database: a record of each, so that a diff shows who joins and who leaves. */
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
    new AliasRecords(this, "Records", props.records);
  }
}

/**
 * The tenants of one stack. CloudFormation takes 500 resources a stack, and a tenant has a record and perhaps hosts.
 */
const tenantsInOneStack = 200;
const shares = 8;

/**
 * Groups tenants by the name of their stack. Up to 200 there is one group; beyond, a tenant's group follows from its
 * id alone, so that nobody moves when another joins or leaves.
 */
export function tenantGroups(tenants: readonly Tenant[]): ReadonlyMap<string, readonly Tenant[]> {
  const groups = new Map<string, Tenant[]>();
  for (const tenant of tenants) {
    const share = tenants.length <= tenantsInOneStack ? 0 : hash(tenant.id) % shares;
    const name = share === 0 ? "tenants" : `tenants-${share + 1}`;
    groups.set(name, [...(groups.get(name) ?? []), tenant]);
  }
  return groups;
}

// FNV-1a: small, and the same for ever.
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return value;
}
