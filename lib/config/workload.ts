import { z } from "zod";

const imageSchema = z.strictObject({
  repository: z.string().regex(/^[a-z0-9][a-z0-9/_-]*$/, "a repository of the account's own ECR, without a registry"),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/, '"sha256:" and 64 hexadecimal digits; a tag can move'),
});

export const workloadSchema = z.strictObject({
  images: z.strictObject({ superset: imageSchema, tokens: imageSchema, statsdExporter: imageSchema }),
  web: z
    .strictObject({ minReplicas: z.int().min(1), maxReplicas: z.int().min(1) })
    .refine((web) => web.maxReplicas >= web.minReplicas, {
      path: ["maxReplicas"],
      error: "at least minReplicas",
    }),
  workers: z
    .strictObject({ minReplicas: z.int().min(1), maxReplicas: z.int().min(1) })
    .refine((workers) => workers.maxReplicas >= workers.minReplicas, {
      path: ["maxReplicas"],
      error: "at least minReplicas",
    }),
});

export type Image = z.output<typeof imageSchema>;
export type Workload = z.output<typeof workloadSchema>;
