import { z } from "zod";

export const observabilitySchema = z.strictObject({
  alarmEmail: z.email(),
  monthlyBudgetUsd: z.int().min(1),
  freeStorageGb: z.int().min(1),
  cpuPercent: z.int().min(1).max(100),
  /** The used memory of Redis, in percent, above which an alarm is raised. */
  memoryPercent: z.int().min(1).max(100).default(90),
  /**
   * The lag of the archive's copy, in minutes, above which an alarm is raised. S3 promises 15 minutes for most
   * objects; less would raise alarms although AWS keeps its word.
   */
  archiveLagMinutes: z.int().min(15),
});

export type Observability = z.output<typeof observabilitySchema>;
