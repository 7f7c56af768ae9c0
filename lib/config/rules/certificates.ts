import { edgeIn, hostsIn, hostsOf, hostsOfInstance } from "../schema/edge.ts";
import type { Deployment } from "../schema/deployment.ts";
import type { Contradiction } from "./contradiction.ts";

const acmeHost = "acme-v02.api.letsencrypt.org";

/** The number of names in one certificate. Source: Let's Encrypt, "Rate Limits". */
const maxNames = 100;

/**
 * Requires that a public certificate authority can be reached, and is asked for no more names than it signs at once.
 */
export function certificates(deployment: Deployment): Contradiction[] {
  if (deployment.edge.certificates.mode !== "public-ca") return [];
  return [...reachable(deployment), ...names(deployment)];
}

function reachable({ network: { egress }, edge }: Deployment): Contradiction[] {
  if (egress.mode === "none") {
    return [
      {
        path: ["edge", "certificates", "mode"],
        value: edge.certificates.mode,
        allowed:
          'with network.egress "none" nothing can reach a public CA: use "private-ca", or allow its names to leave',
      },
    ];
  }
  if (egress.domains.includes(acmeHost)) return [];
  return [
    {
      path: ["network", "egress", "domains"],
      value: egress.domains,
      allowed: `a list with "${acmeHost}", which signs the certificates of "public-ca"`,
    },
  ];
}

/** Counts the names of each certificate: an instance has one with all of its hosts. */
function names({ edge, regions, tenants }: Deployment): Contradiction[] {
  const found: Contradiction[] = [];
  const count = (path: (string | number)[], hosts: number, rest: string): void => {
    if (hosts <= maxNames) return;
    const allowed = `at most ${maxNames}, which Let's Encrypt signs in one certificate: ${rest}, or use "private-ca"`;
    found.push({ path, value: `${hosts} host names`, allowed });
  };
  for (const region of regions) {
    const inRegion = edgeIn(region, edge);
    const ofTenant = (hostnames: readonly string[]): string[] => hostsIn(region, regions, edge, hostnames);
    const shared = tenants.filter(({ isolation }) => isolation !== "instance").flatMap(({ hostnames }) => hostnames);
    const sharedHosts = hostsOf(inRegion).embed;
    count(
      ["tenants"],
      sharedHosts.length + 2 + ofTenant(shared).length,
      "give some tenants an instance or the shared hosts",
    );
    tenants.forEach(({ id, isolation, hostnames }, index) => {
      if (isolation !== "instance") return;
      const { embed } = hostsOfInstance({ id, hostnames: ofTenant(hostnames) }, inRegion);
      count(["tenants", index, "hostnames"], embed.length + 2, "list fewer hosts");
    });
  }
  return found;
}
