import { type Alarms, metric } from "../blocks/alarms.ts";

export interface ArchiveToWatch {
  readonly bucketName: string;
  readonly copyBucketName: string;
  readonly ruleId: string;
}

export function watchArchive(alarms: Alarms, archive: ArchiveToWatch, lagMinutes: number): void {
  const of = (name: string, statistic: "Maximum" | "Sum") =>
    metric({
      namespace: "AWS/S3",
      name,
      dimensions: {
        SourceBucket: archive.bucketName,
        DestinationBucket: archive.copyBucketName,
        RuleId: archive.ruleId,
      },
      statistic,
    });
  alarms.add({
    name: "audit-archive-copy-late",
    metric: of("ReplicationLatency", "Maximum"),
    above: lagMinutes * 60,
    forMinutes: 15,
    meaning: "Sealed evidence waits for its copy in the second region.",
    whenSilent: "fine",
  });
  alarms.add({
    name: "audit-archive-copy-failed",
    metric: of("OperationsFailedReplication", "Sum"),
    above: 0,
    forMinutes: 5,
    meaning: "An object of the audit archive has no copy in the second region.",
    whenSilent: "fine",
  });
}
