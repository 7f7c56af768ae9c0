import { AuditCopyStack } from "../audit/audit-copy-stack.ts";
import type { AuditCopy } from "../audit/audit-copy.ts";
import { BackupCopyStack } from "../backup/backup-copy-stack.ts";
import { isOn } from "../config/schema/protection.ts";
import { copyRegionOf } from "../config/schema/zones.ts";
import { Naming } from "../naming.ts";
import type { ConfiguredRegion, StackBasics } from "./region-context.ts";

/** The copies of a region's evidence and backups, and the stacks that must exist before something is copied. */
export interface Copies {
  readonly audit: AuditCopy;
  readonly auditStack: AuditCopyStack;
  /** Absent when configuration says why backups are not copied. */
  readonly backups?: {
    readonly vault: { readonly region: string; readonly vaultName: string };
    readonly stack: BackupCopyStack;
  };
}

/** Adds the two stacks in the second region of the zone, which the home region knows by names alone. */
export function addCopies({ app, deployment, naming }: ConfiguredRegion): Copies {
  const { account, environment, residency, audit, backups } = deployment;
  const region = copyRegionOf(residency, naming.region);
  const copyNaming = new Naming(environment, region);
  const stateful = (description: string): StackBasics => ({
    env: { account, region },
    description: `Homeroom ${environment}: ${description} of ${naming.region}`,
    terminationProtection: true,
  });
  const copy = { region, bucketName: naming.auditCopyBucket(account), keyAlias: naming.keyAlias("audit-copy") };
  const auditStack = new AuditCopyStack(app, copyNaming.stack("audit-copy"), {
    ...stateful("copy of the audit archive"),
    copy,
    lockDays: audit.lockDays,
  });
  if (!isOn(backups.copy)) return { audit: copy, auditStack };
  const vaultName = naming.copiesVault;
  const stack = new BackupCopyStack(app, copyNaming.stack("backup-copy"), {
    ...stateful("copies of the backups"),
    vaultName,
    backups,
  });
  return { audit: copy, auditStack, backups: { vault: { region, vaultName }, stack } };
}
