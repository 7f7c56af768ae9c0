import { z } from "zod";
import { databaseSchema } from "./data.ts";

export const auditSchema = z.strictObject({
  database: databaseSchema,
  /** How long an archived object can be deleted by nobody, the root user included. */
  lockDays: z.int().min(1).max(3650),
});

export type Audit = z.output<typeof auditSchema>;
