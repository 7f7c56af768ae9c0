import { createHash } from "node:crypto";

/**
 * Rendezvous hash: a tenant's dashboard keeps its host, so the browser's cache and connection stay warm,
 * and one host more moves only the share that it takes over.
 */
export function embedOrigin(origins: readonly string[], tenant: string, dashboard: string): string {
  const weight = (origin: string): string =>
    createHash("sha256")
      .update(JSON.stringify([new URL(origin).hostname, tenant, dashboard]))
      .digest("hex");
  const ranked = [...origins].sort((left, right) => (weight(left) < weight(right) ? 1 : -1));
  const [first] = ranked;
  if (first === undefined) throw new Error("embed origins are empty; list at least one");
  return first;
}

export function embedUrl(origin: string, dashboard: string, token: string): string {
  const url = new URL(`/embedded/dashboard/${encodeURIComponent(dashboard)}`, origin);
  url.searchParams.set("jwt", token);
  return url.href;
}
