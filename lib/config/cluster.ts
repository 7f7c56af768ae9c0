import { z } from "zod";
import { versions } from "../versions.ts";
import { protectionSchema } from "./protection.ts";
import { retentionDaysSchema } from "./retention.ts";

export const clusterSchema = z.strictObject({
  kubernetes: z.enum(versions.kubernetes),
  compute: z.discriminatedUnion("mode", [
    z.strictObject({ mode: z.literal("auto") }),
    z.strictObject({
      mode: z.literal("nodegroups"),
      instanceType: z.string(),
      nodes: z.int().min(2).max(50),
    }),
  ]),
  /** IAM role names, in the deployment's account, that administer the cluster. */
  adminRoles: z.array(z.string().regex(/^[\w+=,.@-]+$/, "an IAM role name, not an ARN")).min(1),
  logDays: retentionDaysSchema,
  deletionProtection: protectionSchema,
});

export type Cluster = z.output<typeof clusterSchema>;
