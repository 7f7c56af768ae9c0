import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import * as kms from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import type { Backups } from "../config/schema/backups.ts";
import { Vault } from "./vault.ts";

export interface BackupCopyStackProps extends StackProps {
  readonly vaultName: string;
  readonly backups: Backups;
}

/**
 * The vault in which recovery points survive the loss of the home region. A copy is encrypted with this vault's key,
 * not with its source's.
 */
export class BackupCopyStack extends Stack {
  constructor(scope: Construct, id: string, props: BackupCopyStackProps) {
    super(scope, id, props);
    const key = new kms.Key(this, "Key", {
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
      description: "Copies of recovery points",
    });
    new Vault(this, "Vault", { vaultName: props.vaultName, key, lock: props.backups.lock });
  }
}
