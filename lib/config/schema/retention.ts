import { z } from "zod";

/** CloudWatch accepts a fixed list of periods only. */
export const retentionDaysSchema = z.literal([30, 60, 90, 180, 365, 731, 1827, 2557]);
