import * as route53 from "aws-cdk-lib/aws-route53";
import { Construct } from "constructs";

export interface AliasRecordsProps {
  readonly hostedZoneId: string;
  readonly hosts: readonly string[];
  /** The load balancer that the names lead to. */
  readonly target: { readonly dnsName: string; readonly hostedZoneId: string };
}

/** One A record for each host. Route 53 refuses a name that already has one, so no deployment takes over another's. */
export class AliasRecords extends Construct {
  constructor(scope: Construct, id: string, { hostedZoneId, hosts, target }: AliasRecordsProps) {
    super(scope, id);
    for (const host of hosts) {
      new route53.CfnRecordSet(this, host, {
        hostedZoneId,
        name: `${host}.`,
        type: "A",
        aliasTarget: { ...target, evaluateTargetHealth: false },
      });
    }
  }
}
