import { Duration, RemovalPolicy } from "aws-cdk-lib";
import type * as kms from "aws-cdk-lib/aws-kms";
import * as s3 from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { acknowledge } from "../checks/findings/acknowledge.ts";

export interface ArchiveProps {
  readonly key: kms.IKey;
  readonly bucketName: string;
  readonly lockDays: number;
}

/**
 * The bucket that the audit trail is to write its evidence to. Nobody, the root user included, can delete or overwrite
 * an object before its lock ends.
 */
export class Archive extends Construct {
  readonly bucket: s3.Bucket;
  readonly accessLogs: s3.Bucket;

  constructor(scope: Construct, id: string, props: ArchiveProps) {
    super(scope, id);
    const closed = {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: true,
      removalPolicy: RemovalPolicy.RETAIN,
    };
    this.accessLogs = new s3.Bucket(this, "AccessLogs", {
      ...closed,
      // S3 cannot deliver access logs into a bucket whose default key is a customer's.
      encryption: s3.BucketEncryption.S3_MANAGED,
      lifecycleRules: [{ expiration: Duration.days(400), noncurrentVersionExpiration: Duration.days(30) }],
    });
    this.bucket = new s3.Bucket(this, "Bucket", {
      ...closed,
      bucketName: props.bucketName,
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: props.key,
      bucketKeyEnabled: true,
      objectLockEnabled: true,
      objectLockDefaultRetention: s3.ObjectLockRetention.compliance(Duration.days(props.lockDays)),
      // Under exactOptionalPropertyTypes the class of CDK 2.276 no longer fits its own interface.
      serverAccessLogsBucket: this.accessLogs as s3.IBucket,
      serverAccessLogsPrefix: "archive/",
    });
    acknowledge(this.accessLogs, {
      reason: "Access logs are not evidence; the audit log is",
      controls: ["S3BucketReplicationEnabled"],
    });
    acknowledge(this.accessLogs, {
      reason: "S3 delivers access logs only where the default key is its own",
      controls: ["S3DefaultEncryptionKMS"],
    });
  }
}
