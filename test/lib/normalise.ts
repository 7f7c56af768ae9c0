import { manifestObjects } from "../../lib/checks/manifest-text.ts";
import type { CloudFormation } from "./synthesis.ts";

/** A template as a reviewer reads it: sorted, without hashes of code, with Kubernetes objects by name: their text is a golden file of its own. */
export function normalised(template: CloudFormation): string {
  const text = JSON.stringify(sorted(spellOut(template)), null, 1);
  return `${text.replace(/\b[0-9a-f]{64}\b(?=\.(?:zip|json))/g, "<asset>")}\n`;
}

function spellOut(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(spellOut);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, key === "Manifest" ? namesOf(child) : spellOut(child)]),
  );
}

function namesOf(manifest: unknown): string[] {
  return (manifestObjects(manifest) as { kind: string; metadata: { namespace?: string; name: string } }[])
    .map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? "-"}/${metadata.name}`)
    .sort();
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, child]) => [key, sorted(child)]));
}
