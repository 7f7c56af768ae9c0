import { z } from "zod";

export const observabilitySchema = z.strictObject({
  alarmEmail: z.email(),
  monthlyBudgetUsd: z.int().min(1),
  freeStorageGb: z.int().min(1),
  cpuPercent: z.int().min(1).max(100),
});

export type Observability = z.output<typeof observabilitySchema>;
