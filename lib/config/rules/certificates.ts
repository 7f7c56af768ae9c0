import type { Deployment } from "../deployment.ts";
import type { Contradiction } from "./contradiction.ts";

const acmeHost = "acme-v02.api.letsencrypt.org";

/** A public certificate authority must be reachable. */
export function certificates({ network: { egress }, edge }: Deployment): Contradiction[] {
  if (edge.certificates.mode !== "public-ca") return [];
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
