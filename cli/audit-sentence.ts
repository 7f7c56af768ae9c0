import { z } from "zod";
import { auditEvents } from "../contract/index.ts";

const text = z.string().optional().catch(undefined);
const number = z.number().optional().catch(undefined);
const payloadSchema = z.object({
  name: z.string(),
  tenant: text,
  actor: z.object({ type: text, pid: text, role: text, school_id: text }).partial().optional().catch(undefined),
  resource: z
    .array(z.object({ type: z.string(), id: z.string() }))
    .optional()
    .catch(undefined),
  filters: z
    .array(z.object({ column: z.string() }))
    .optional()
    .catch(undefined),
  result: z.object({ rows: number, bytes: number, error: text }).partial().optional().catch(undefined),
  http: z.object({ route: text, status: number }).partial().optional().catch(undefined),
  change: z
    .object({ fields: z.array(z.string()).optional() })
    .optional()
    .catch(undefined),
});

type Payload = z.output<typeof payloadSchema>;

/** Returns an event in words, from its payload as JSON: "teacher ▒7f3a of school 42 opened student-progress". */
export function sentenceOf(payload: string, failed: boolean): string {
  const event = payloadSchema.parse(JSON.parse(payload));
  const kind = auditEvents.get(event.name);
  if (kind === undefined) return event.name;
  const template = failed ? (kind.failure ?? `${kind.sentence}, and failed`) : kind.sentence;
  const words = wordsOf(event);
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => words[name] ?? "?");
}

function wordsOf(event: Payload): Readonly<Record<string, string>> {
  const { resource = [], result, http, filters = [] } = event;
  const named = (type: string): string => resource.find((one) => one.type === type)?.id ?? "?";
  const last = resource.at(-1);
  return {
    actor: actorOf(event),
    dashboard: named("dashboard"),
    chart: last?.type === "filter" ? "choices" : named("chart"),
    resource: last === undefined ? "?" : last.id,
    rows: String(result?.rows ?? "?"),
    bytes: String(result?.bytes ?? "?"),
    error: result?.error ?? "no reason was given",
    route: http?.route ?? "?",
    status: String(http?.status ?? "?"),
    fields: event.change?.fields?.join(", ") ?? "?",
    filters: filters.length === 0 ? "" : `, filtered by ${filters.map(({ column }) => column).join(", ")}`,
  };
}

function actorOf({ actor, tenant }: Payload): string {
  if (actor?.type === "system") return "The system";
  const who = actor?.type === "user" ? "Author" : (actor?.role ?? "Somebody");
  const mark = actor?.pid === undefined ? "" : ` ▒${actor.pid.slice(0, 4)}`;
  const school = actor?.school_id === undefined ? "" : ` of school ${actor.school_id}`;
  const where = tenant === undefined ? "" : ` (${tenant})`;
  return `${who.charAt(0).toUpperCase()}${who.slice(1)}${mark}${school}${where}`;
}
