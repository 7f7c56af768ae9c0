import { z } from "zod";
import { protectionSchema, reasonSchema } from "./protection.ts";

const planSchema = z.strictObject({
  everyHours: z.literal([1, 6, 12, 24]),
  keepDays: z.int().min(7).max(3650),
  copyKeepDays: z.int().min(7).max(3650),
});

/**
 * The classes of data, each with one plan. The subject vault of the audit trail is in no class: an erasure must reach
 * its backups.
 */
export type BackupClass = "metadata" | "audit";

export const backupsSchema = z.strictObject({
  /** AWS Backup Vault Lock in compliance mode: after `changeableForDays` nobody can shorten or remove it. */
  lock: z.union([
    z
      .strictObject({
        minDays: z.int().min(1),
        maxDays: z.int().min(1).max(36500),
        changeableForDays: z.int().min(3, "at least 3 days, the shortest that AWS Backup allows"),
      })
      .refine(({ minDays, maxDays }) => maxDays >= minDays, { path: ["maxDays"], error: "at least minDays" }),
    reasonSchema,
  ]),
  /** Copies backups to the other region of the residency zone. */
  copy: protectionSchema,
  /** Restores the newest recovery points each month, reachable by nobody, and deletes them again. */
  restoreTests: protectionSchema,
  metadata: planSchema,
  audit: planSchema,
});

export type BackupPlan = z.output<typeof planSchema>;
export type Backups = z.output<typeof backupsSchema>;
