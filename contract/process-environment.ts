import environment from "./environment.json" with { type: "json" };
import type { StartValues, SupersetSettings } from "./superset-settings.ts";

/** Name of an environment variable that a Superset process reads. */
export type EnvironmentName = keyof typeof environment;

/** One value for each environment variable; optional ones may be absent. */
export type ProcessEnvironment = Partial<Record<EnvironmentName, string>>;

/** Writes the values as the variables of environment.json; Superset's side reads them in settings.py. */
export function processEnvironment(values: StartValues & SupersetSettings): ProcessEnvironment {
  const byMember = new Map<string, unknown>(Object.entries(values));
  const written = Object.keys(environment).map((name): [string, string | undefined] => [
    name,
    asText(byMember.get(memberOf(name))),
  ]);
  return Object.fromEntries(written.filter(([, text]) => text !== undefined));
}

/** HOMEROOM_EMBED_ORIGINS is `embedOrigins`. */
function memberOf(name: string): string {
  const words = name.replace(/^HOMEROOM_/, "").toLowerCase();
  return words.replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}

function asText(value: unknown): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  return Array.isArray(value) ? value.join(",") : JSON.stringify(value);
}
