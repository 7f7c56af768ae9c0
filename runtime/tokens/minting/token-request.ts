import { z } from "zod";
import { clientAuthentication } from "../request-body.ts";
import { personShape } from "./person-shape.ts";

export const tokenRequest = z.strictObject({
  ...clientAuthentication,
  tenant: z.string(),
  dashboard: z.string(),
  person: personShape,
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
