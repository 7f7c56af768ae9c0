import { Duration, RemovalPolicy } from "aws-cdk-lib";
import * as backup from "aws-cdk-lib/aws-backup";
import type * as kms from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import type { Backups } from "../config/schema/backups.ts";

export interface VaultProps {
  readonly vaultName: string;
  readonly key: kms.IKey;
  readonly lock: Backups["lock"];
}

/**
 * A vault whose recovery points nobody deletes early. Its lock, where there is one, is final after its days of grace.
 */
export class Vault extends backup.BackupVault {
  constructor(scope: Construct, id: string, { vaultName, key, lock }: VaultProps) {
    super(scope, id, {
      backupVaultName: vaultName,
      encryptionKey: key,
      removalPolicy: RemovalPolicy.RETAIN,
      blockRecoveryPointDeletion: true,
      ...("off" in lock
        ? {}
        : {
            lockConfiguration: {
              minRetention: Duration.days(lock.minDays),
              maxRetention: Duration.days(lock.maxDays),
              changeableFor: Duration.days(lock.changeableForDays),
            },
          }),
    });
  }
}
