import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { protectionSchema } from "./protection.ts";

/** Id of the database that every tenant without one of its own reads. */
export const sharedDatabaseId = "shared";

const accessSchema = z.discriminatedUnion("mode", [
  z.strictObject({
    mode: z.literal("security-group"),
    securityGroupId: z.string().regex(/^sg-[0-9a-f]{8,17}$/, 'the id of its security group, "sg-…"'),
    /** The peering connection or transit gateway to its VPC; known once the network stack exists. */
    route: z
      .string()
      .regex(/^(pcx|tgw)-[0-9a-f]{8,17}$/, 'a peering connection "pcx-…" or a transit gateway "tgw-…"')
      .exactOptional(),
  }),
  z.strictObject({
    mode: z.literal("private-link"),
    serviceName: z
      .string()
      .regex(/^com\.amazonaws\.vpce\.[a-z0-9-]+\.vpce-svc-[0-9a-f]{17}$/, 'an endpoint service "com.amazonaws.vpce.…"'),
  }),
]);

function isBundle(pem: string): boolean {
  const certificates = pem.trim().split(/(?<=-----END CERTIFICATE-----)\s*/);
  try {
    return certificates.every((certificate) => new X509Certificate(certificate).ca);
  } catch {
    return false;
  }
}

/** A database of the operator's product, which Homeroom reads and never creates. */
export const analyticsDatabaseSchema = z
  .strictObject({
    /** The id: "shared", or the one that `tenants[].database` names; the same in every region. */
    id: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, "lower-case letters, digits and hyphens, at most 31"),
    region: z.string(),
    engine: z.enum(["postgresql", "mysql", "snowflake", "bigquery", "redshift"]).default("postgresql"),
    /** The second lock. Only PostgreSQL has it; any other source needs a reason and is labelled one-lock. */
    rowSecurity: protectionSchema.default(true),
    host: z.string().min(1),
    port: z.int().min(1).max(65535).default(5432),
    name: z.string().regex(/^[a-z_][a-z0-9_]*$/, "a database name in lower case"),
    /**
     * PEM of the authority that signed its certificate, which must name `host`. @default RDS's authority of the
     * region
     */
    caPem: z.string().refine(isBundle, "one or more PEM certificates of authorities, nothing else").exactOptional(),
    /**
     * CIDR blocks that its addresses are in, for the network policy of the pods; with PrivateLink, blocks of the
     * region's own VPC.
     */
    cidrs: z.array(z.cidrv4()).min(1),
    access: accessSchema,
    /**
     * An administrator who may make roles in it. Homeroom then makes and rotates its logins. @default an operator
     * does
     */
    administrator: z
      .strictObject({
        /** The secret: JSON with "username" and "password". */
        secretArn: z
          .string()
          .regex(/^arn:aws:secretsmanager:[^:]+:\d{12}:secret:.+-\w{6}$/, "the full ARN of a secret"),
        /** The key that encrypts the secret, when it is the operator's own. */
        keyArn: z
          .string()
          .regex(/^arn:aws:kms:[^:]+:\d{12}:key\/.+$/, "the ARN of a key")
          .exactOptional(),
      })
      .exactOptional(),
  })
  .superRefine(({ administrator, access, engine }, context) => {
    if (administrator === undefined || (access.mode === "security-group" && engine === "postgresql")) return;
    context.addIssue({
      code: "custom",
      path: ["administrator"],
      input: administrator,
      message: "logins rotate in PostgreSQL behind a security group only; leave administrator out and rotate by hand",
    });
  });

export type AnalyticsDatabase = z.output<typeof analyticsDatabaseSchema>;
