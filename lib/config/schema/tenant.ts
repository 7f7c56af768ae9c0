import { z } from "zod";
import { retentionClasses } from "./audit.ts";

const host = z.string().regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, "a host name in lower case");

/** The resources that the pods of an instance's namespace may ask for together; Kubernetes refuses pods beyond them. */
const quotaSchema = z.strictObject({
  cpu: z.number().min(0.5).max(512),
  memoryGib: z.int().min(1).max(4096),
  pods: z.int().min(1).max(1000),
});

const termSchema = z
  .strictObject({ name: z.string().min(1).max(40), from: z.iso.date(), to: z.iso.date() })
  .refine(({ from, to }) => from < to, { path: ["to"], error: "a date after from" });

/** The tenant's calendar. Its dates are days in the tenant's time zone. */
const calendarSchema = z.strictObject({
  terms: z
    .array(termSchema)
    .min(1)
    .refine((terms) => terms.every(({ from }, index) => index === 0 || from > (terms[index - 1]?.to ?? "")), {
      error: "terms in order of time that do not overlap",
    }),
});

/** The description that an editor shows: a value that is only checked must not look as if something obeyed it. */
const laterRead = "Checked, and kept for the audit trail and its reports; no stack or pod acts on it yet.";

export const tenantSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, "lower-case letters, digits and hyphens, at most 31"),
  isolation: z.enum(["shared", "database", "instance"]),
  /** Origins of the products that may frame this tenant's dashboards. */
  hostProducts: z
    .array(z.string().refine(isHttpsOrigin, 'an https origin without a path, such as "https://portal.school.example"'))
    .min(1),
  /** The hosts of an instance's embeds; the first also names its studio. @default [] */
  hostnames: z.array(host).default([]),
  /** The entry of `analyticsDatabases` with its rows; isolation "database" needs one. */
  database: z.string().exactOptional(),
  quota: quotaSchema.exactOptional(),
  timeZone: z
    .string()
    .refine(isTimeZone, 'a zone of the IANA database, such as "Australia/Sydney"')
    .default("Australia/Sydney")
    .describe("Days and weeks of its dashboards are in this zone; its school terms too, once something acts on them."),
  calendar: calendarSchema.describe(`School terms. ${laterRead}`).exactOptional(),
  retention: z
    .enum(retentionClasses)
    .default("r1")
    .describe(`Class of its ordinary audit records; the days are in audit.retention. ${laterRead}`),
  monthlyBudgetUsd: z.int().min(1).exactOptional(),
});

export type Tenant = z.output<typeof tenantSchema>;

function isHttpsOrigin(text: string): boolean {
  return text.startsWith("https://") && URL.canParse(text) && new URL(text).origin === text;
}

// Intl also takes offsets such as "+10:00", which know nothing of daylight saving.
function isTimeZone(name: string): boolean {
  if (!/^[A-Z][A-Za-z_]+\/[A-Za-z_/-]+$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
