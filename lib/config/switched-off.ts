import type { Deployment } from "./schema/deployment.ts";

/** Lists every protection that is off, with its reason, for synth to print. */
export function switchedOff(deployment: Deployment): string[] {
  return walk(deployment, []);
}

function walk(value: unknown, path: readonly string[]): string[] {
  if (value === null || typeof value !== "object") return [];
  if ("off" in value && "because" in value) return [`${path.join(".")} is off: ${String(value.because)}`];
  return Object.entries(value).flatMap(([key, child]) => walk(child, [...path, key]));
}
