import { z } from "zod";
import { platform } from "../../../contract/index.ts";

const slug = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, "lower-case letters, digits and hyphens");

export const issuerSchema = z.strictObject({
  id: slug,
  url: z.url({ protocol: /^https$/, error: "an https URL, compared with the iss claim" }),
  tenants: z.array(slug).min(1),
});

/** Times of one signing key. Both bounds follow from how fast a mounted file refreshes and how long a token lives. */
const signingKeysSchema = z
  .strictObject({
    rotateEveryDays: z.int().min(1).max(365),
    mountRefreshMinutes: z.int().min(1),
    activateAfterMinutes: z.int().min(1),
    retireAfterMinutes: z.int().min(1),
  })
  .superRefine((keys, context) => {
    const earliest = keys.mountRefreshMinutes + 5;
    if (keys.activateAfterMinutes < earliest) {
      context.addIssue({
        code: "custom",
        path: ["activateAfterMinutes"],
        input: keys.activateAfterMinutes,
        message: `at least ${earliest}: mountRefreshMinutes and a margin of 5, or a verifier meets a key it has not read`,
      });
    }
    const { tokenMaxAgeSeconds, clockSkewSeconds } = platform.limits;
    const lastTokenEnds = Math.ceil((tokenMaxAgeSeconds + clockSkewSeconds) / 60);
    if (keys.retireAfterMinutes < lastTokenEnds) {
      context.addIssue({
        code: "custom",
        path: ["retireAfterMinutes"],
        input: keys.retireAfterMinutes,
        message: `at least ${lastTokenEnds}: the life of the last token and the clock skew, or valid tokens are refused`,
      });
    }
  });

export const identitySchema = z.strictObject({
  issuers: z.array(issuerSchema).min(1),
  signingKeys: signingKeysSchema,
  /**
   * The days between rotations. A pooled connection of the old login lives an hour at most, and a mounted file is
   * read within minutes.
   */
  databaseUsers: z.strictObject({ rotateEveryDays: z.int().min(1).max(365) }).default({ rotateEveryDays: 30 }),
});

export type Issuer = z.output<typeof issuerSchema>;
export type Identity = z.output<typeof identitySchema>;
