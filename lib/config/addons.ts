import { z } from "zod";
import { imageSchema } from "./image.ts";

/** What runs in the cluster beside Superset: every image by digest, from the account's own ECR. */
export const addonsSchema = z.strictObject({
  images: z.record(z.string().regex(/^[a-z][A-Za-z0-9-]*$/, "the name that the chart gives the image"), imageSchema),
});

export type Addons = z.output<typeof addonsSchema>;
