import { z } from "zod";
import { supersetSettings } from "../../../contract/superset-settings.ts";
import { imageSchema } from "./image.ts";
import { tokenClientSchema } from "./token-client.ts";

const replicasSchema = z
  .strictObject({ minReplicas: z.int().min(1), maxReplicas: z.int().min(1) })
  .refine(({ minReplicas, maxReplicas }) => maxReplicas >= minReplicas, {
    path: ["maxReplicas"],
    error: "at least minReplicas",
  });

export const workloadSchema = z.strictObject({
  images: z.strictObject({ superset: imageSchema, tokens: imageSchema, statsdExporter: imageSchema }),
  web: replicasSchema,
  workers: replicasSchema,
  /** The settings of Superset that contract/environment.json lets operators change. */
  supersetSettings: supersetSettings.prefault({}),
  /** Host backends that ask the token service; those that sign themselves are `identity.issuers`. */
  tokenClients: z.array(tokenClientSchema).default([]),
});

export type { Image } from "./image.ts";
export type Workload = z.output<typeof workloadSchema>;
