import { z } from "zod";

/** A database of the operator's product: attached, never created. */
export const analyticsDatabaseSchema = z.strictObject({
  region: z.string(),
  host: z.string().min(1),
  port: z.int().min(1).max(65535).default(5432),
  name: z.string().regex(/^[a-z_][a-z0-9_]*$/),
  /** Blocks that its addresses are in, for the network policy of the pods. */
  cidrs: z.array(z.cidrv4()).min(1),
  securityGroupId: z.string().regex(/^sg-[0-9a-f]{8,17}$/, 'the id of its security group, "sg-…"'),
});

export type AnalyticsDatabase = z.output<typeof analyticsDatabaseSchema>;
