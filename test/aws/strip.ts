import type { CloudFormation } from "../lib/synthesis.ts";

export interface Stripped {
  readonly template: CloudFormation;
  /** Logical ids that were taken out, by type. */
  readonly removed: Readonly<Record<string, readonly string[]>>;
}

/** The template without resources of these types; what read a resource or attribute that is gone reads its name. */
export function strip(
  template: CloudFormation,
  types: readonly string[],
  attributes: Readonly<Record<string, string>>,
): Stripped {
  const gone = new Set<string>();
  const removed: Record<string, string[]> = {};
  for (const [id, { Type }] of Object.entries(template.Resources)) {
    if (!types.includes(Type)) continue;
    gone.add(id);
    (removed[Type] ??= []).push(id);
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
