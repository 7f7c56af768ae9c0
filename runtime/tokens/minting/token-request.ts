import { z } from "zod";
import { roles } from "../claims/claims.ts";
import { clientAuthentication } from "../server/request-body.ts";

/** Shape only; the claims schema judges the values once they are claims. */
const person = z.strictObject({
  user_id: z.number(),
  username: z.string(),
  email: z.string(),
  first_name: z.string(),
  last_name: z.string(),
  role: z.enum(roles),
  school_id: z.number(),
  subject_area: z.string().nullable().optional(),
  class_ids: z.array(z.number()).optional(),
  student_id: z.number().optional(),
  org_structure: z
    .strictObject({
      departments: z.array(z.string()).optional(),
      cost_centres: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
});

export const tokenRequest = z.strictObject({
  ...clientAuthentication,
  tenant: z.string(),
  dashboard: z.string(),
  person,
  lifetime_seconds: z.int().optional(),
  transport: z.enum(["https", "http"]).default("https"),
});

export type TokenRequest = z.infer<typeof tokenRequest>;

export const issuedToken = z.strictObject({
  token: z.string(),
  expires_at: z.int(),
  embed_url: z.url(),
  embed_origin: z.url(),
  embedded_uuid: z.uuid(),
});

export type IssuedToken = z.infer<typeof issuedToken>;
