import { type Alarms, metric } from "../blocks/alarms.ts";

/** Raises alarms on failed backup jobs and copies, which are counted under the vault that they start from. */
export function watchBackups(alarms: Alarms, vaultName: string): void {
  const of = (name: string) =>
    metric({ namespace: "AWS/Backup", name, dimensions: { BackupVaultName: vaultName }, statistic: "Sum" });
  alarms.add({
    name: "backup-failed",
    metric: of("NumberOfBackupJobsFailed"),
    above: 0,
    forMinutes: 5,
    meaning: "A database has no new recovery point.",
    whenSilent: "fine",
  });
  alarms.add({
    name: "backup-expired",
    metric: of("NumberOfBackupJobsExpired"),
    above: 0,
    forMinutes: 5,
    meaning: "A backup did not start within its hour.",
    whenSilent: "fine",
  });
  alarms.add({
    name: "backup-copy-failed",
    metric: of("NumberOfCopyJobsFailed"),
    above: 0,
    forMinutes: 5,
    meaning: "A recovery point is in the home region only.",
    whenSilent: "fine",
  });
}
