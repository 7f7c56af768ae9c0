import { z } from "zod";

export const observabilitySchema = z.strictObject({
  alarmEmail: z.email(),
  monthlyBudgetUsd: z.int().min(1),
  freeStorageGb: z.int().min(1),
  cpuPercent: z.int().min(1).max(100),
  /** Of Redis. */
  memoryPercent: z.int().min(1).max(100).default(90),
  /** S3 promises 15 minutes for most objects; less would alarm about AWS keeping its word. */
  archiveLagMinutes: z.int().min(15),
});

export type Observability = z.output<typeof observabilitySchema>;
