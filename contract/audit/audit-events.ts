import file from "./events.json" with { type: "json" };

/** When an event counts as recorded: A before the act, B before the answer leaves, C when it can be. */
export type Durability = "A" | "B" | "C";

/** How long a record is kept: r1 for 12 months, h6 for 6 years, e7 for 7 years, raw for 90 days. */
export type Retention = "r1" | "h6" | "e7" | "raw";

export interface AuditEventKind {
  /** Class and activity of OCSF 1.8 and, for roles, 1.9. */
  readonly class: number;
  readonly activity: number;
  readonly durability: Durability;
  readonly retention: Retention;
  /** The sentence that a person reads, with the names of members in braces; `failure` is that of an act that failed. */
  readonly sentence: string;
  readonly failure?: string;
}

export type AuditEventName = keyof typeof file;

const durabilities: readonly string[] = ["A", "B", "C"] satisfies Durability[];
const retentions: readonly string[] = ["r1", "h6", "e7", "raw"] satisfies Retention[];

export function isRetention(text: string): text is Retention {
  return retentions.includes(text);
}

function isDurability(text: string): text is Durability {
  return durabilities.includes(text);
}

function read(
  name: string,
  kind: Omit<AuditEventKind, "durability" | "retention"> & Record<"durability" | "retention", string>,
): AuditEventKind {
  const { durability, retention } = kind;
  if (!isDurability(durability) || !isRetention(retention))
    throw new Error(`contract/audit/events.json, ${name}: durability is A, B or C and retention r1, h6, e7 or raw`);
  return { ...kind, durability, retention };
}

/** Every event that the audit trail knows, by its name. */
export const auditEvents: ReadonlyMap<string, AuditEventKind> = new Map(
  Object.entries(file).map(([name, kind]) => [name, read(name, kind)]),
);
