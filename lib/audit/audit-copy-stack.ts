import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import * as kms from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import { acknowledge } from "../checks/findings/acknowledge.ts";
import { Archive } from "./archive.ts";
import type { AuditCopy } from "./audit-copy.ts";

export interface AuditCopyStackProps extends StackProps {
  readonly copy: AuditCopy;
  readonly lockDays: number;
}

/** The archive's copy in the zone's second region, with a key of its own: losing one region loses no evidence. */
export class AuditCopyStack extends Stack {
  constructor(scope: Construct, id: string, props: AuditCopyStackProps) {
    super(scope, id, props);
    const key = new kms.Key(this, "Key", {
      alias: props.copy.keyAlias,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
      description: "Copy of the audit archive",
    });
    const archive = new Archive(this, "Archive", {
      key,
      bucketName: props.copy.bucketName,
      lockDays: props.lockDays,
    });
    acknowledge(archive.bucket, {
      reason: "It is the copy: S3 fills it from the archive in the home region",
      controls: ["S3BucketReplicationEnabled"],
    });
  }
}
