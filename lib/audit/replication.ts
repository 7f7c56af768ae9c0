import { Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as kms from "aws-cdk-lib/aws-kms";
import { CfnBucket, type Bucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { acknowledge, inlinePolicy } from "../checks/findings/acknowledge.ts";
import type { AuditCopy } from "./audit-copy.ts";

export interface ReplicationProps {
  readonly bucket: Bucket;
  readonly key: kms.IKey;
  readonly roleName: string;
  readonly copy: AuditCopy;
}

const ruleId = "to-the-second-region";

/** Copies every version of the archive, with its lock, into the second region within S3's 15 minutes. */
export class Replication extends Construct {
  /** The id of the replication rule, a dimension of S3's replication metrics. */
  readonly ruleId = ruleId;

  constructor(scope: Construct, id: string, props: ReplicationProps) {
    super(scope, id);
    const { bucket, key, copy } = props;
    const { region, account } = Stack.of(this);
    const copyArn = `arn:aws:s3:::${copy.bucketName}`;
    const role = new iam.Role(this, "Role", {
      roleName: props.roleName,
      description: `S3 copies the audit archive into ${copy.bucketName}`,
      assumedBy: new iam.ServicePrincipal("s3.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": account } },
      }),
    });
    const allow = (statement: iam.PolicyStatementProps): void => {
      role.addToPolicy(new iam.PolicyStatement(statement));
    };
    allow({ actions: ["s3:GetReplicationConfiguration", "s3:ListBucket"], resources: [bucket.bucketArn] });
    allow({
      actions: [
        "s3:GetObjectVersionForReplication",
        "s3:GetObjectVersionAcl",
        "s3:GetObjectVersionTagging",
        "s3:GetObjectRetention",
        "s3:GetObjectLegalHold",
      ],
      resources: [bucket.arnForObjects("*")],
    });
    allow({ actions: ["s3:ReplicateObject", "s3:ReplicateTags"], resources: [`${copyArn}/*`] });
    allow({
      actions: ["kms:Decrypt"],
      resources: [key.keyArn],
      conditions: { StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` } },
    });
    allow({
      actions: ["kms:Encrypt", "kms:GenerateDataKey"],
      // The key's own id is not known in this region before it exists; its alias is.
      resources: [`arn:aws:kms:${copy.region}:${account}:key/*`],
      conditions: {
        "ForAnyValue:StringEquals": { "kms:ResourceAliases": copy.keyAlias },
        StringEquals: { "kms:ViaService": `s3.${copy.region}.amazonaws.com` },
      },
    });
    acknowledge(role, inlinePolicy);
    acknowledge(role, {
      reason: "Replication reads every object of the one archive and writes it to the one copy",
      solutions: [
        `IAM5[Resource::<${Stack.of(this).getLogicalId(archiveResource(bucket))}.Arn>/*]`,
        `IAM5[Resource::${copyArn}/*]`,
      ],
    });
    acknowledge(role, {
      reason: "The condition on the alias narrows it to the one key of the copy",
      solutions: [`IAM5[Resource::arn:aws:kms:${copy.region}:${account}:key/*]`],
    });
    archiveResource(bucket).replicationConfiguration = {
      role: role.roleArn,
      rules: [
        {
          id: ruleId,
          status: "Enabled",
          priority: 1,
          filter: { prefix: "" },
          // A marker laid over the archive must not hide the copy.
          deleteMarkerReplication: { status: "Disabled" },
          sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
          destination: {
            bucket: copyArn,
            encryptionConfiguration: { replicaKmsKeyId: `arn:aws:kms:${copy.region}:${account}:${copy.keyAlias}` },
            replicationTime: { status: "Enabled", time: { minutes: 15 } },
            metrics: { status: "Enabled", eventThreshold: { minutes: 15 } },
          },
        },
      ],
    };
  }
}

function archiveResource(bucket: Bucket): CfnBucket {
  const resource = bucket.node.defaultChild;
  if (!(resource instanceof CfnBucket)) throw new Error("s3.Bucket has no CfnBucket: check the CDK upgrade");
  return resource;
}
