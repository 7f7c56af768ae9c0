import { manifestObjects } from "../../lib/checks/manifest-text.ts";
import { spelledOut } from "../support/spelled-out.ts";
import type { CloudFormation } from "./synthesis.ts";

/** A template as a reviewer reads it: sorted, without hashes of code, with Kubernetes objects by name: their text is a golden file of its own. */
export function normalised(template: CloudFormation): string {
  const text = JSON.stringify(sorted(spelledOut(withNames(template))), null, 1);
  return `${text.replace(/\b[0-9a-f]{64}\b(?=\.(?:zip|json))/g, "<asset>")}\n`;
}

function withNames({ Resources, ...rest }: CloudFormation): unknown {
  const named = Object.entries(Resources).map(([id, resource]) => {
    const { Manifest, ...properties } = resource.Properties ?? {};
    return [
      id,
      Manifest === undefined ? resource : { ...resource, Properties: { ...properties, Manifest: namesOf(Manifest) } },
    ];
  });
  return { ...rest, Resources: Object.fromEntries(named) as unknown };
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
