import * as ec2 from "aws-cdk-lib/aws-ec2";
import { Construct } from "constructs";

export interface DatabaseAccessProps {
  /** The security group of the pods' nodes. */
  readonly from: string;
  readonly to: readonly {
    readonly id: string;
    readonly securityGroupId: string;
    readonly port: number;
  }[];
}

/**
 * Ingress rules from the pods to the data stores. They are in this stack so that Data and Audit know nothing of the
 * cluster and outlive it.
 */
export class DatabaseAccess extends Construct {
  constructor(scope: Construct, id: string, props: DatabaseAccessProps) {
    super(scope, id);
    for (const target of props.to) {
      new ec2.CfnSecurityGroupIngress(this, target.id, {
        groupId: target.securityGroupId,
        sourceSecurityGroupId: props.from,
        ipProtocol: "tcp",
        fromPort: target.port,
        toPort: target.port,
        description: `${target.id} from the pods`,
      });
    }
  }
}
