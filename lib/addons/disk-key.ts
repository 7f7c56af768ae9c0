import { RemovalPolicy } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";

/**
 * The key of the disks of nodes and volumes. The role that makes disks must be named in its policy, because AWS's
 * policies on that role know no key. Source: Amazon EKS User Guide, "Enable EBS Volume Encryption with Customer
 * Managed KMS Keys for EKS Auto Mode".
 */
export class DiskKey extends kms.Key {
  constructor(scope: Construct, id: string, maker: iam.IRole) {
    super(scope, id, {
      enableKeyRotation: true,
      // A volume outlives its claim, and without the key it is unreadable.
      removalPolicy: RemovalPolicy.RETAIN,
      description: "Disks of the cluster's nodes and volumes",
    });
    const principals = [new iam.ArnPrincipal(maker.roleArn)];
    this.addToResourcePolicy(
      new iam.PolicyStatement({
        principals,
        actions: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        resources: ["*"],
      }),
    );
    // EC2 opens the disk for as long as it is attached.
    this.addToResourcePolicy(
      new iam.PolicyStatement({
        principals,
        actions: ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
        resources: ["*"],
        conditions: { Bool: { "kms:GrantIsForAWSResource": "true" } },
      }),
    );
  }
}
