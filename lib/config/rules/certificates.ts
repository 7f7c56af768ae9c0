import { edgeIn, hostsIn, hostsOf, hostsOfInstance } from "../schema/edge.ts";
import type { Deployment } from "../schema/deployment.ts";
import type { Contradiction } from "./contradiction.ts";

const acmeHost = "acme-v02.api.letsencrypt.org";

/** Source: Let's Encrypt, "Rate Limits": names per certificate. */
const maxNames = 100;

/** A public certificate authority must be reachable, and signs a limited number of names at once. */
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
        rule: 'with network.egress "none" nothing can reach a public CA: use "private-ca", or allow its names to leave',
      },
    ];
  }
  if (egress.domains.includes(acmeHost)) return [];
  return [
    {
      path: ["network", "egress", "domains"],
      value: egress.domains,
      rule: `a list with "${acmeHost}", which signs the certificates of "public-ca"`,
    },
  ];
}

/** Each instance has one certificate with all of its hosts. */
function names({ edge, regions, tenants }: Deployment): Contradiction[] {
  const found: Contradiction[] = [];
  const count = (path: (string | number)[], hosts: number, rest: string): void => {
    if (hosts <= maxNames) return;
    const rule = `at most ${maxNames}, which Let's Encrypt signs in one certificate: ${rest}, or use "private-ca"`;
    found.push({ path, value: `${hosts} host names`, rule });
  };
  for (const region of regions) {
    const inRegion = edgeIn(region, edge);
    const ofTenant = (hostnames: readonly string[]): string[] => hostsIn(region, regions, edge, hostnames);
    const shared = tenants.filter(({ isolation }) => isolation !== "instance").flatMap(({ hostnames }) => hostnames);
    const { embed } = hostsOf(inRegion);
    count(["tenants"], embed.length + 2 + ofTenant(shared).length, "give some tenants an instance or the shared hosts");
    tenants.forEach(({ id, isolation, hostnames }, index) => {
      if (isolation !== "instance") return;
      const own = hostsOfInstance({ id, hostnames: ofTenant(hostnames) }, inRegion);
      count(["tenants", index, "hostnames"], own.embed.length + 2, "list fewer hosts");
    });
  }
  return found;
}
