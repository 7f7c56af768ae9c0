import type { CloudFormation } from "../lib/synthesis.ts";

export interface Stripped {
  readonly template: CloudFormation;
  /** Logical ids that were taken out, by type. */
  readonly removed: Readonly<Record<string, readonly string[]>>;
}

export interface Unmodelled {
  readonly types: readonly string[];
  /** Properties whose resources go, by type. */
  readonly properties: Readonly<Record<string, string>>;
  /** Attributes that nobody answers, by type. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** The template without what is unmodelled; what read a resource or attribute that is gone reads its name. */
export function strip(template: CloudFormation, { types, properties, attributes }: Unmodelled): Stripped {
  const gone = new Set<string>();
  const removed: Record<string, string[]> = {};
  for (const [id, { Type, Properties = {} }] of Object.entries(template.Resources)) {
    const refused = properties[Type];
    const isRefused = refused !== undefined && refused in Properties;
    if (!types.includes(Type) && !isRefused) continue;
    gone.add(id);
    (removed[isRefused ? `${Type} with ${refused}` : Type] ??= []).push(id);
  }
  const lacks = (id: string, attribute: string): boolean =>
    gone.has(id) || attributes[template.Resources[id]?.Type ?? ""] === attribute;

  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (value === null || typeof value !== "object") return value;
    const { Ref: ref, "Fn::GetAtt": get } = value as Readonly<Record<string, unknown>>;
    if (typeof ref === "string" && gone.has(ref)) return `stripped-${ref}`;
    if (Array.isArray(get) && lacks(String(get[0]), String(get[1]))) return `stripped-${get.join("-")}`;
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, walk(child)]));
  };

  const kept = Object.entries(template.Resources).filter(([id]) => !gone.has(id));
  const resources = kept.map(([id, { DependsOn, ...resource }]) => {
    const after = [DependsOn ?? []].flat().filter((other) => !gone.has(other));
    return [id, { ...(walk(resource) as typeof resource), ...(after.length > 0 && { DependsOn: after }) }] as const;
  });
  return {
    template: {
      ...template,
      Resources: Object.fromEntries(resources),
      Outputs: walk(template.Outputs ?? {}) as Record<string, unknown>,
    },
    removed,
  };
}
