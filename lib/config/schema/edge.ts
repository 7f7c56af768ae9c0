import { z } from "zod";
import { platform } from "../../../contract/index.ts";
import type { Region } from "./region.ts";

const host = z.string().regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, "a host name in lower case");

export const edgeSchema = z.strictObject({
  domain: z.string().regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, "the domain under which analytics1…N and studio live"),
  hostedZoneId: z.string().regex(/^Z[A-Z0-9]{8,31}$/, 'the id of its Route 53 zone, "Z…"'),
  certificates: z.discriminatedUnion("mode", [
    /** Certificates of Let's Encrypt over DNS-01; `contact` hears of trouble with a certificate. */
    z.strictObject({ mode: z.literal("public-ca"), contact: z.email() }),
    z.strictObject({
      mode: z.literal("private-ca"),
      authorityArn: z
        .string()
        .regex(
          /^arn:aws:acm-pca:[a-z0-9-]+:\d{12}:certificate-authority\/[0-9a-f-]{36}$/,
          "the ARN of a private certificate authority",
        ),
    }),
  ]),
  /** The number of hosts `analytics1…N` that serve embeds. */
  shards: z.int().min(1).max(9).default(platform.embedShards),
  /** The host of the studio. @default "studio" under the domain */
  studioHost: host.exactOptional(),
});

export type Edge = z.output<typeof edgeSchema>;

export interface Hosts {
  readonly embed: readonly string[];
  readonly studio: string;
  readonly tokens: string;
}

/** Returns the edge of one region, which may have a domain of its own. */
export function edgeIn(region: Region, { studioHost, ...edge }: Edge): Edge {
  if (region.domain !== undefined) return { ...edge, domain: region.domain };
  return studioHost === undefined ? edge : { ...edge, studioHost };
}

/** Returns the hosts of the shared Superset. */
export function hostsOf({ domain, shards, studioHost }: Pick<Edge, "domain" | "shards" | "studioHost">): Hosts {
  return {
    embed: Array.from({ length: shards }, (_, index) => `analytics${index + 1}.${domain}`),
    studio: studioHost ?? `studio.${domain}`,
    tokens: `tokens.${domain}`,
  };
}

/**
 * Returns the hosts of a tenant's instance. Studio and tokens stand beside its first host, so one wildcard covers
 * all.
 */
export function hostsOfInstance(
  { id, hostnames }: { readonly id: string; readonly hostnames: readonly string[] },
  { domain }: Pick<Edge, "domain">,
): Hosts {
  const first = hostnames[0] ?? `${id}.${domain}`;
  return {
    embed: hostnames.length === 0 ? [first] : hostnames,
    studio: `studio-${first}`,
    tokens: `tokens-${first}`,
  };
}

/** Returns those hosts that a region answers for: the region with the longest domain that holds the host does. */
export function hostsIn(region: Region, regions: readonly Region[], edge: Edge, hosts: readonly string[]): string[] {
  const domainOf = (each: Region): string => edgeIn(each, edge).domain;
  return hosts.filter((host) => {
    const holding = regions.filter((each) => host.endsWith(`.${domainOf(each)}`));
    const [nearest] = holding.sort((a, b) => domainOf(b).length - domainOf(a).length);
    return nearest?.name === region.name;
  });
}
