import type { CloudFormation } from "./synthesis.ts";

/** A template as a reviewer reads it: sorted, without hashes of code, with Kubernetes objects spelled out. */
export function normalised(template: CloudFormation): string {
  const text = JSON.stringify(sorted(spellOut(template)), null, 1);
  return `${text.replace(/\b[0-9a-f]{64}\b(?=\.(?:zip|json))/g, "<asset>")}\n`;
}

function spellOut(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(spellOut);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, key === "Manifest" ? objectsOf(child) : spellOut(child)]),
  );
}

/** References stay visible as `${…}`. */
function objectsOf(manifest: unknown): unknown {
  return JSON.parse(flatten(manifest));
}

function flatten(value: unknown): string {
  if (typeof value === "string") return value;
  if (value !== null && typeof value === "object" && "Fn::Join" in value && Array.isArray(value["Fn::Join"])) {
    const [separator, parts] = value["Fn::Join"] as [string, unknown[]];
    return parts.map(flatten).join(separator);
  }
  return `\${${JSON.stringify(value).replaceAll('"', "'")}}`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, child]) => [key, sorted(child)]));
}
