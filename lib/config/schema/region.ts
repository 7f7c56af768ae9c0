import { z } from "zod";

const cidr = z.string().regex(/^10\.\d{1,3}\.0\.0\/16$/, 'a private /16 block such as "10.20.0.0/16"');

/** The settings in which regions of one environment differ. */
export const regionSchema = z.strictObject({
  name: z.string(),
  availabilityZones: z.array(z.string()).length(3, "three availability zones"),
  cidr,
  /** The region's domain instead of `edge.domain`: two regions cannot answer for one name. */
  domain: z
    .string()
    .regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, "a domain inside edge.domain")
    .exactOptional(),
});

export type Region = z.output<typeof regionSchema>;
