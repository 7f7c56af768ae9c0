import { z } from "zod";
import { databaseSchema } from "./data.ts";

const days = z.int().min(1).max(3653);

/** The days that a record is kept, by class; a tenant names the class of its ordinary records. */
const retentionSchema = z.strictObject({
  /** Ordinary use. */
  r1: days,
  /** Health records in force, six years by convention. */
  h6: days,
  /** Education records, seven years. */
  e7: days,
  /** Encrypted raw SQL. */
  raw: days,
});

export const retentionClasses = ["r1", "h6", "e7"] as const;

export const auditSchema = z.strictObject({
  database: databaseSchema,
  /** The days for which nobody, the root user included, can delete an archived object. */
  lockDays: days,
  retention: retentionSchema.describe(
    "Days by class. lockDays must reach the longest; the audit trail, which comes later, deletes by class.",
  ),
});

export type Audit = z.output<typeof auditSchema>;
