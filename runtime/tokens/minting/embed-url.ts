import { createHash } from "node:crypto";

/**
 * Chooses the embed host of a dashboard by rendezvous hashing: a tenant's dashboard keeps its host, so the browser's
 * cache and connection stay warm, and a further host moves only the dashboards that it takes over.
 */
export function embedOrigin(origins: readonly string[], tenant: string, dashboard: string): string {
  const score = (origin: string): string =>
    createHash("sha256")
      .update(JSON.stringify([new URL(origin).hostname, tenant, dashboard]))
      .digest("hex");
  const ranked = [...origins].sort((left, right) => (score(left) < score(right) ? 1 : -1));
  const [first] = ranked;
  if (first === undefined) throw new Error("embed origins are empty; list at least one");
  return first;
}

export function embedUrl(origin: string, dashboard: string, token: string): string {
  const url = new URL(`/embedded/dashboard/${encodeURIComponent(dashboard)}`, origin);
  url.searchParams.set("jwt", token);
  return url.href;
}
