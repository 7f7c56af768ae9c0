import { z } from "zod";
import { protectionSchema } from "./protection.ts";

const database = z.strictObject({
  instanceClass: z.string().regex(/^[a-z0-9]+\.[a-z0-9]+$/, 'an instance class such as "t4g.medium"'),
  storageGb: z.int().min(20),
  storageMaxGb: z.int().min(20),
  multiAz: protectionSchema,
  backupDays: z.int().min(7).max(35),
  deletionProtection: protectionSchema,
});

const redis = z.strictObject({
  nodeType: z.string().regex(/^cache\./, 'a node type such as "cache.t4g.small"'),
  replicas: z.int().min(1).max(5),
});

export const dataSchema = z.strictObject({
  metadata: database,
  cache: redis,
  broker: redis,
});

export const databaseSchema = database;
export type Database = z.output<typeof database>;
export type Redis = z.output<typeof redis>;
export type Data = z.output<typeof dataSchema>;
