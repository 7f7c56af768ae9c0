import { z } from "zod";

export const edgeSchema = z.strictObject({
  domain: z.string().regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, "the domain under which analytics1…N and studio live"),
  hostedZoneId: z.string().regex(/^Z[A-Z0-9]{8,31}$/, 'the id of its Route 53 zone, "Z…"'),
  certificates: z.enum(["public-ca", "private-ca"]),
});

export type Edge = z.output<typeof edgeSchema>;
