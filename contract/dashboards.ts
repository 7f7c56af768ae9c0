import { readdirSync } from "node:fs";
import { embeddedUuid } from "./content-ids.ts";

/** Returns the dashboards of content/dashboards/ by their slugs, which are the names of their files. */
export function embeddedDashboards(): Readonly<Record<string, { readonly embedded_uuid: string }>> {
  const slugs = readdirSync(new URL("../content/dashboards/", import.meta.url))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => name.slice(0, -".yaml".length));
  return Object.fromEntries(slugs.sort().map((slug) => [slug, { embedded_uuid: embeddedUuid(slug) }]));
}
