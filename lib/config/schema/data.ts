import { z } from "zod";
import { protectionSchema } from "./protection.ts";

const database = z.strictObject({
  instanceClass: z.string().regex(/^[a-z0-9]+\.[a-z0-9]+$/, 'an instance class such as "t4g.medium"'),
  storageGb: z.int().min(20),
  /** The size to which RDS grows the storage by itself. */
  storageMaxGb: z.int().min(20),
  multiAz: protectionSchema,
  /** The days of automated backups; 0 would switch point-in-time recovery off. */
  backupDays: z.int().min(7).max(35),
  deletionProtection: protectionSchema,
});

const redis = z.strictObject({
  nodeType: z.string().regex(/^cache\./, 'a node type such as "cache.t4g.small"'),
  replicas: z.int().min(1).max(5),
});

/** Redis of caches. Valkey is cheaper and wire-compatible, and there is no way back to Redis OSS. */
const cache = redis.extend({ engine: z.enum(["redis", "valkey"]).default("redis") });

export const dataSchema = z.strictObject({
  /**
   * The metadata database. It has no RDS Proxy: a proxy knows a secret's newest login alone, while pods hold the one
   * before until their files refresh.
   */
  metadata: database,
  cache,
  broker: redis,
});

export const databaseSchema = database;
export type Database = z.output<typeof database>;
export type Redis = z.output<typeof redis>;
export type Data = z.output<typeof dataSchema>;
