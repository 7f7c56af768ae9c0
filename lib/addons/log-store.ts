import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import * as s3 from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { acknowledge } from "../checks/findings/acknowledge.ts";

/** The buckets of Loki. Loki deletes by its own retention; the lifecycle rule only removes what Loki left behind. */
export class LogStore extends Construct {
  readonly bucket: s3.Bucket;
  readonly key: kms.Key;

  constructor(scope: Construct, id: string, props: { readonly logDays: number }) {
    super(scope, id);
    this.key = new kms.Key(this, "Key", {
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
      description: "Pod logs",
    });
    const closed = {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: true,
      removalPolicy: RemovalPolicy.RETAIN,
    };
    const accessLogs = new s3.Bucket(this, "AccessLogs", {
      ...closed,
      // S3 cannot deliver access logs into a bucket whose default key is a customer's.
      encryption: s3.BucketEncryption.S3_MANAGED,
      lifecycleRules: [{ expiration: Duration.days(90), noncurrentVersionExpiration: Duration.days(7) }],
    });
    this.bucket = new s3.Bucket(this, "Bucket", {
      ...closed,
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: this.key,
      bucketKeyEnabled: true,
      // Under exactOptionalPropertyTypes the class of CDK 2.276 no longer fits its own interface.
      serverAccessLogsBucket: accessLogs as s3.IBucket,
      lifecycleRules: [
        {
          expiration: Duration.days(props.logDays + 30),
          noncurrentVersionExpiration: Duration.days(7),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
    });
    acknowledge(this.bucket, {
      reason: "Pod logs are for search; the audit trail, which is evidence, has a replicated archive of its own",
      controls: ["S3BucketReplicationEnabled"],
    });
    acknowledge(accessLogs, {
      reason: "Access logs of pod logs are not evidence, and S3 delivers them only where the default key is its own",
      controls: ["S3BucketReplicationEnabled", "S3DefaultEncryptionKMS"],
    });
  }

  /**
   * Returns the rights that Loki needs in the buckets: its API has no mode without lists, and the compactor deletes.
   */
  access(): iam.PolicyStatement[] {
    return [
      new iam.PolicyStatement({ actions: ["s3:ListBucket"], resources: [this.bucket.bucketArn] }),
      new iam.PolicyStatement({
        actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        resources: [this.bucket.arnForObjects("*")],
      }),
      new iam.PolicyStatement({
        actions: ["kms:Decrypt", "kms:GenerateDataKey"],
        resources: [this.key.keyArn],
        conditions: { StringEquals: { "kms:ViaService": `s3.${Stack.of(this).region}.amazonaws.com` } },
      }),
    ];
  }
}
