import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as route53 from "aws-cdk-lib/aws-route53";
import * as targets from "aws-cdk-lib/aws-route53-targets";
import { Construct } from "constructs";
import type { AnalyticsDatabase } from "../config/schema/analytics-database.ts";

export interface AnalyticsAccessProps {
  readonly database: AnalyticsDatabase;
  readonly vpc: ec2.IVpc;
  /** The security group of the pods' nodes. */
  readonly from: string;
}

/**
 * The pods' access to a database of the operator's product: a rule on its security group, or an endpoint of its
 * service.
 */
export class AnalyticsAccess extends Construct {
  constructor(scope: Construct, id: string, props: AnalyticsAccessProps) {
    super(scope, id);
    const { access } = props.database;
    if (access.mode === "security-group") this.#admit("Pods", access.securityGroupId, props);
    else this.#link(access.serviceName, props);
  }

  #admit(id: string, groupId: string, { database, from }: AnalyticsAccessProps): void {
    new ec2.CfnSecurityGroupIngress(this, id, {
      groupId,
      sourceSecurityGroupId: from,
      ipProtocol: "tcp",
      fromPort: database.port,
      toPort: database.port,
      description: `Analytics database ${database.id} from the pods`,
    });
  }

  #link(serviceName: string, props: AnalyticsAccessProps): void {
    const { database, vpc } = props;
    const securityGroup = new ec2.SecurityGroup(this, "Access", {
      vpc,
      description: `Who may connect to analytics database ${database.id}`,
      allowAllOutbound: false,
    });
    this.#admit("Pods", securityGroup.securityGroupId, props);
    const endpoint = new ec2.InterfaceVpcEndpoint(this, "Endpoint", {
      vpc,
      service: new ec2.InterfaceVpcEndpointService(serviceName, database.port),
      subnets: { subnetGroupName: "workload" },
      securityGroups: [securityGroup],
      privateDnsEnabled: false,
      open: false,
    });
    // The certificate names the database's own host, so that name leads to the endpoint inside this VPC.
    const zone = new route53.PrivateHostedZone(this, "Zone", { zoneName: database.host, vpc });
    new route53.ARecord(this, "Host", {
      zone,
      target: route53.RecordTarget.fromAlias(new targets.InterfaceVpcEndpointTarget(endpoint)),
    });
  }
}
