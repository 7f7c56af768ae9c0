import { z } from "zod";
import { addons } from "../../../contract/index.ts";
import { protectionSchema } from "./protection.ts";

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, '"sha256:" and 64 hexadecimal digits; a tag can move');
const images = [...addons.releases.flatMap((release) => Object.keys(release.images)), ...Object.keys(addons.images)];

/** The add-ons of the cluster; `homeroom images mirror` writes the digests into config/images/<environment>.json. */
export const addonsSchema = z.strictObject({
  /** Digest of each image of contract/addons.json as it lies in the account's own registry. */
  images: z.record(z.enum(images), digest),
  /** Runs two or three pods of each add-on in several zones, and Loki in separate parts. */
  highlyAvailable: protectionSchema,
});

export type Addons = z.output<typeof addonsSchema>;
