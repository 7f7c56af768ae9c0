import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import * as kms from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import { platform } from "../../contract/index.ts";
import type { Audit } from "../config/schema/audit.ts";
import { Postgres } from "../blocks/postgres.ts";
import type { Naming } from "../naming.ts";
import { Archive } from "./archive.ts";
import type { AuditCopy } from "./audit-copy.ts";
import { Replication } from "./replication.ts";

export interface AuditStackProps extends StackProps {
  readonly naming: Naming;
  readonly audit: Audit;
  readonly logDays: number;
  readonly copy: AuditCopy;
  readonly vpc: ec2.IVpc;
}

/**
 * The stores of the audit trail, with keys of their own, so that whoever runs Superset does not own them.
 * No process writes to them yet.
 */
export class AuditStack extends Stack {
  readonly key: kms.Key;
  readonly database: Postgres;
  readonly archive: Archive;
  readonly sealingKey: kms.Key;
  readonly replicationRule: string;

  constructor(scope: Construct, id: string, props: AuditStackProps) {
    super(scope, id, props);
    this.key = new kms.Key(this, "Key", {
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
      description: "Audit database and archive",
    });
    this.sealingKey = new kms.Key(this, "SealingKey", {
      keySpec: kms.KeySpec.ECC_NIST_P256,
      keyUsage: kms.KeyUsage.SIGN_VERIFY,
      removalPolicy: RemovalPolicy.RETAIN,
      description: "Signs the checkpoints of the audit log",
    });
    this.database = new Postgres(this, "Database", {
      vpc: props.vpc,
      key: this.key,
      instanceName: props.naming.store("audit"),
      databaseName: platform.databases.audit,
      database: props.audit.database,
      backupClass: "audit",
      logDays: props.logDays,
    });
    this.archive = new Archive(this, "Archive", {
      key: this.key,
      bucketName: props.naming.bucket("audit", this.account),
      lockDays: props.audit.lockDays,
    });
    const replication = new Replication(this, "Replication", {
      bucket: this.archive.bucket,
      key: this.key,
      roleName: props.naming.role("audit-replication"),
      copy: props.copy,
    });
    this.replicationRule = replication.ruleId;
  }
}
