import { z } from "zod";
import { retentionDaysSchema } from "./retention.ts";

const domain = z.string().regex(/^(\*\.)?([a-z0-9-]+\.)+[a-z]{2,}$/, 'a host name, or "*.name" for its sub-domains');

/** The ways out of the VPC: `none` builds no NAT gateway at all; `allow-list` resolves only the listed names. */
export const networkSchema = z.strictObject({
  egress: z.discriminatedUnion("mode", [
    z.strictObject({ mode: z.literal("none") }),
    z.strictObject({
      mode: z.literal("allow-list"),
      domains: z.array(domain).min(1),
      natGateways: z.int().min(1).max(3),
    }),
  ]),
  flowLogDays: retentionDaysSchema,
});

export type Network = z.output<typeof networkSchema>;
