import { z } from "zod";
import { addonsSchema } from "./addons.ts";
import { analyticsDatabaseSchema } from "./analytics-database.ts";
import { auditSchema } from "./audit.ts";
import { backupsSchema } from "./backups.ts";
import { clusterSchema } from "./cluster.ts";
import { dataSchema } from "./data.ts";
import { edgeSchema } from "./edge.ts";
import { identitySchema } from "./identity.ts";
import { networkSchema } from "./network.ts";
import { observabilitySchema } from "./observability.ts";
import { regionSchema } from "./region.ts";
import { tenantSchema } from "./tenant.ts";
import { workloadSchema } from "./workload.ts";

export const deploymentShape = z.strictObject({
  environment: z.string().regex(/^[a-z][a-z0-9]{1,9}$/, "2 to 10 lower-case letters and digits"),
  account: z.string().regex(/^\d{12}$/, "an AWS account id of 12 digits, as text"),
  residency: z.enum(["AU", "EU"]),
  regions: z.array(regionSchema).min(1),
  network: networkSchema,
  edge: edgeSchema,
  cluster: clusterSchema,
  data: dataSchema,
  identity: identitySchema,
  audit: auditSchema,
  backups: backupsSchema,
  analyticsDatabases: z.array(analyticsDatabaseSchema).min(1),
  workload: workloadSchema,
  addons: addonsSchema,
  observability: observabilitySchema,
  tenants: z.array(tenantSchema).min(1),
});

/** The type of a file in config/, in which defaults may be left out. */
export type DeploymentInput = z.input<typeof deploymentShape>;

/** The configuration as the platform reads it: complete and checked. */
export type Deployment = z.output<typeof deploymentShape>;
