/**
 * Reads the objects of a `KubernetesManifest` in a template, which is a string or an Fn::Join of strings and
 * references. References become a placeholder, which keeps the JSON readable.
 */
export function manifestObjects(manifest: unknown): unknown[] {
  return JSON.parse(flatten(manifest)) as unknown[];
}

function flatten(value: unknown): string {
  if (typeof value === "string") return value;
  if (value !== null && typeof value === "object" && "Fn::Join" in value && Array.isArray(value["Fn::Join"])) {
    const [separator, parts] = value["Fn::Join"] as [string, unknown[]];
    return parts.map(flatten).join(separator);
  }
  return "deploy-time";
}
