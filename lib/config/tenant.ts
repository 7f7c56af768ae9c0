import { z } from "zod";

const host = z.string().regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, "a host name in lower case");

export const tenantSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, "lower-case letters, digits and hyphens, at most 31"),
  isolation: z.enum(["shared", "database", "instance"]),
  /** Origins of the products that may frame this tenant's dashboards. */
  hostProducts: z.array(z.url({ protocol: /^https$/ })).min(1),
  hostnames: z.array(host).default([]),
  timeZone: z.string().default("Australia/Sydney"),
  monthlyBudgetUsd: z.int().min(1).optional(),
});

export type Tenant = z.output<typeof tenantSchema>;
