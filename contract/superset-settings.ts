// Written by `npm run contract:write` from environment.json; change that file instead.
import { z } from "zod";

/** The settings that operators may give a Superset. */
export const supersetSettings = z.strictObject({
  audience: z
    .string()
    .regex(new RegExp("^[a-z][a-z0-9:._/-]{0,63}$"))
    .default("homeroom")
    .describe("The aud claim that tokens must carry."),
  singleUseEntry: z
    .boolean()
    .default(false)
    .describe("Whether an address with ?jwt= opens its dashboard once, rather than as often as its token lives."),
  actionLogDays: z
    .int()
    .min(1)
    .max(3650)
    .default(90)
    .describe("Days that Superset's action log keeps what authors did."),
  auditProfile: z
    .string()
    .regex(new RegExp("^(standard|regulated)$"))
    .default("standard")
    .describe(
      "Whether an act that must be recorded first happens while it cannot be: standard lets it happen and warns, regulated refuses it with 503 and keeps ordinary records for six years.",
    ),
});

export type SupersetSettings = z.output<typeof supersetSettings>;

/** The values that the chart in a cluster, or the local start on one machine, works out for a Superset. */
export interface StartValues {
  /** Name of the environment: local, dev, prod, … */
  readonly environment: string;
  /** Folder of mounted secret files; names in platform.json secretFiles. */
  readonly secretsDir: string;
  /** SQLAlchemy URL of the metadata database, without a password (postgresql+psycopg2://user@host:port/name?sslmode=…). */
  readonly metadataUrl: string;
  /** SQLAlchemy URL of the schools' analytics database as the reader role, without a password. */
  readonly analyticsUrl: string;
  /** JSON object of every tenant: "shared", or the SQLAlchemy URL of its own analytics database without a password. Without it every tenant shares. */
  readonly tenantDatabases: Readonly<Record<string, string>> | undefined;
  /** JSON object of tenants and their IANA time zones, which days and weeks of their guests follow. The server's clock counts for a tenant that is not in it. */
  readonly tenantTimeZones: Readonly<Record<string, string>> | undefined;
  /** redis:// or rediss:// URL of caches, without password or database number. */
  readonly cacheRedisUrl: string;
  /** redis:// or rediss:// URL of the Celery broker, of sessions and of the trust store, without password or database number. */
  readonly brokerRedisUrl: string;
  /** JWKS of verification keys, re-read when it changes. */
  readonly jwksFile: string;
  /** Compiled row policy (contract/compiled-policy.json). */
  readonly policyFile: string;
  /** Comma-separated origins that serve embeds; they ignore sessions. */
  readonly embedOrigins: readonly string[];
  /** Comma-separated origins of the authoring interface. */
  readonly studioOrigins: readonly string[];
  /** Comma-separated origins of the host products that may frame a dashboard. */
  readonly frameAncestors: readonly string[];
  /** Exact number of proxies in front of the web process: nginx alone, as the load balancer passes TCP through. */
  readonly proxyHops: number;
  /** Writable folder for Superset's own files. */
  readonly stateDir: string;
  /** Host of the StatsD exporter; metrics are off without it. */
  readonly statsdHost: string | undefined;
  /** Writable folder of the audit trail: what this process records, and the collector's socket. Without it nothing is recorded. */
  readonly auditSpoolDir: string | undefined;
  /** Name of the audit log that events go to; its checkpoints carry it. */
  readonly auditLog: string | undefined;
}
