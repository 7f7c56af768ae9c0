import { z } from "zod";
import { clientAssertionType } from "../../contract/index.ts";
import { Refusal } from "./refusal.ts";

/** The members by which a host backend authenticates itself (RFC 7523, section 2.2). */
export const clientAuthentication = {
  client_assertion_type: z.literal(clientAssertionType),
  client_assertion: z.string().min(1).max(4096),
};

export function parseBody<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal(400, "json", "the body is no JSON");
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`);
  throw new Refusal(400, "request", problems.join("; "));
}
