import { z } from "zod";
import addons from "../../../contract/addons.json" with { type: "json" };
import { protectionSchema } from "./protection.ts";

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, '"sha256:" and 64 hexadecimal digits; a tag can move');
const images = [...addons.releases.flatMap((release) => Object.keys(release.images)), ...Object.keys(addons.images)];

/** What runs in the cluster beside Superset; `homeroom images mirror` writes the digests into config/images/<environment>.json. */
export const addonsSchema = z.strictObject({
  /** Digest of each image of contract/addons.json as it lies in the account's own registry. */
  images: z.record(z.enum(images), digest),
  /** Two or three of each add-on in several zones, and Loki in parts of its own. */
  highlyAvailable: protectionSchema,
});

export type Addons = z.output<typeof addonsSchema>;
