import { z } from "zod";
import platform from "../../../contract/platform.json" with { type: "json" };
import type { Region } from "./region.ts";

const host = z.string().regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, "a host name in lower case");

export const edgeSchema = z.strictObject({
  domain: z.string().regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, "the domain under which analytics1…N and studio live"),
  hostedZoneId: z.string().regex(/^Z[A-Z0-9]{8,31}$/, 'the id of its Route 53 zone, "Z…"'),
  certificates: z.discriminatedUnion("mode", [
    /** Let's Encrypt over DNS-01; `contact` hears of trouble with a certificate. */
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
  /** How many hosts `analytics1…N` serve embeds. */
  shards: z.int().min(1).max(9).default(platform.embedShards),
  /** An address with `?jwt=` opens its dashboard once; by default as often as its token lives. */
  singleUseEntry: z.boolean().exactOptional(),
  /** By default "studio" under the domain. */
  studioHost: host.exactOptional(),
});

export type Edge = z.output<typeof edgeSchema>;

export interface Hosts {
  readonly embed: readonly string[];
  readonly studio: string;
  readonly tokens: string;
}

/** The edge of one region: a region may have a domain of its own. */
export function edgeIn(region: Region, { studioHost, ...edge }: Edge): Edge {
  if (region.domain !== undefined) return { ...edge, domain: region.domain };
  return studioHost === undefined ? edge : { ...edge, studioHost };
}

/** The hosts of the shared Superset. */
export function hostsOf({ domain, shards, studioHost }: Pick<Edge, "domain" | "shards" | "studioHost">): Hosts {
  return {
    embed: Array.from({ length: shards }, (_, index) => `analytics${index + 1}.${domain}`),
    studio: studioHost ?? `studio.${domain}`,
    tokens: `tokens.${domain}`,
  };
}

/** The hosts of a tenant's own instance. Studio and tokens stand beside its first host, so one wildcard covers all. */
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

/** Which of the hosts a region answers for: the one with the longest domain that holds the host. */
export function hostsIn(region: Region, regions: readonly Region[], edge: Edge, hosts: readonly string[]): string[] {
  const domainOf = (each: Region): string => edgeIn(each, edge).domain;
  return hosts.filter((host) => {
    const holding = regions.filter((each) => host.endsWith(`.${domainOf(each)}`));
    const [nearest] = holding.sort((a, b) => domainOf(b).length - domainOf(a).length);
    return nearest?.name === region.name;
  });
}
