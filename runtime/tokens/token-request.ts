import { z } from "zod";
import { assertionType } from "./client-assertion.ts";
import { roles } from "./claims.ts";
import { Refusal } from "./refusal.ts";

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

const tokenRequest = z.strictObject({
  client_assertion_type: z.literal(assertionType),
  client_assertion: z.string().min(1).max(4096),
  tenant: z.string(),
  dashboard: z.string(),
  person,
  lifetime_seconds: z.int().optional(),
  transport: z.enum(["https", "http"]).default("https"),
});

export type TokenRequest = z.infer<typeof tokenRequest>;

export function parseTokenRequest(text: string): TokenRequest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal(400, "json", "the body is no JSON");
  }
  const parsed = tokenRequest.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`);
  throw new Refusal(400, "request", problems.join("; "));
}
