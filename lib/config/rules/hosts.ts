import { edgeIn, hostsIn, hostsOf, hostsOfInstance } from "../schema/edge.ts";
import type { Deployment } from "../schema/deployment.ts";
import type { Contradiction } from "./contradiction.ts";

/** Requires that every name under the domain leads to one Superset. */
export function hosts({ edge, regions, tenants }: Deployment): Contradiction[] {
  const below = (host: string, domain: string): boolean => host.endsWith(`.${domain}`);
  const found: Contradiction[] = [];
  const domains = regions.map(({ domain }) => domain ?? edge.domain);
  regions.forEach(({ domain }, index) => {
    const path = ["regions", index, "domain"];
    const value = domains[index] ?? "";
    if (domains.indexOf(value) !== index) {
      found.push({ path, value, allowed: "a domain that no other region answers for" });
    }
    if (domain !== undefined && domain !== edge.domain && !below(domain, edge.domain)) {
      found.push({ path, value, allowed: `a domain inside ${edge.domain}, which is the hosted zone` });
    }
  });
  if (edge.studioHost !== undefined && !below(edge.studioHost, edge.domain)) {
    found.push({ path: ["edge", "studioHost"], value: edge.studioHost, allowed: `a host inside ${edge.domain}` });
  }
  const taken = new Map<string, string>();
  const take = (path: (string | number)[], value: string, owner: string): void => {
    const other = taken.get(value);
    if (other !== undefined) found.push({ path, value, allowed: `a host other than that of ${other}` });
    taken.set(value, other ?? owner);
  };
  for (const region of regions) {
    const { embed, studio, tokens } = hostsOf(edgeIn(region, edge));
    for (const host of embed) taken.set(host, "the shared embeds");
    taken.set(tokens, "the token service");
    take(["edge", "studioHost"], studio, "the studio");
  }
  tenants.forEach((tenant, index) => {
    const { id, isolation, hostnames } = tenant;
    hostnames.forEach((host, position) => {
      const path = ["tenants", index, "hostnames", position];
      if (!below(host, edge.domain)) {
        found.push({ path, value: host, allowed: `a host inside ${edge.domain}, which is the hosted zone` });
      }
      take(path, host, `tenant ${id}`);
    });
    if (isolation !== "instance") return;
    for (const region of regions) {
      const inRegion = { id, hostnames: hostsIn(region, regions, edge, hostnames) };
      const { embed, studio, tokens } = hostsOfInstance(inRegion, edgeIn(region, edge));
      const made = [...embed.filter((host) => !hostnames.includes(host)), studio, tokens];
      for (const host of made) take(["tenants", index, "id"], host, `tenant ${id}`);
    }
  });
  return found;
}
