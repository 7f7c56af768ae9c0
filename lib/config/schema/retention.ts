import { z } from "zod";

/** The retention periods in days that CloudWatch accepts. */
export const retentionDaysSchema = z.literal([30, 60, 90, 180, 365, 731, 1827, 2557]);
