import { describe, expect, it } from "@jest/globals";
import {
  allowedConnections,
  type AddonNetworkProps,
  type Peer,
  type Pods,
} from "../../../charts/addons/cluster/allowed-connections.ts";
import { addonNamespaceNames } from "../../../charts/addons/cluster/namespaces.ts";
import { addonPolicies } from "../../../charts/addons/cluster/addon-policies.ts";
import connections from "../../helm/connections.json" with { type: "json" };
import { type Call, type Connections, within } from "../../helm/connections.ts";
import { addonNetwork } from "../../helm/fixture.ts";
import { expecting } from "../../support/expecting.ts";

interface Policy {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

const { pods, called, scraped } = connections as unknown as Connections;
const made = (namespace: string, labels: Record<string, string>, ports: number[]) => ({
  namespace,
  labels,
  ports,
  services: [labels],
});
// The operator makes these two from its own objects: labels of prometheus-operator 0.93, pkg/prometheus and pkg/alertmanager.
const allPods = [
  ...pods,
  made(
    "monitoring",
    { "app.kubernetes.io/name": "prometheus", "operator.prometheus.io/name": "prometheus-prometheus" },
    [9090, 8080],
  ),
  made(
    "monitoring",
    { "app.kubernetes.io/name": "alertmanager", alertmanager: "prometheus-alertmanager" },
    [9093, 9094, 8080],
  ),
];

const variants: Record<string, AddonNetworkProps> = {
  "a private authority": addonNetwork,
  "a public authority": { ...addonNetwork, certificates: "public-ca" },
};
const allowed = Object.values(variants).flatMap(allowedConnections);

const isPods = (peer: Peer): peer is Pods => "namespace" in peer;
const ours = (peer: Peer): peer is Pods => isPods(peer) && addonNamespaceNames.includes(peer.namespace);
const chosenBy = ({ namespace, labels }: Pods) =>
  allPods.filter((pod) => pod.namespace === namespace && within(labels, pod.labels));

function opens(call: Call, from: (peer: Peer) => boolean): boolean {
  const answering = allPods.filter((pod) => pod.namespace === call.namespace && within(call.selector, pod.labels));
  expecting(JSON.stringify(call), answering.length).toBeGreaterThan(0);
  return answering.every(({ namespace, labels }) =>
    allowed.some(
      (connection) =>
        from(connection.from) &&
        isPods(connection.to) &&
        connection.to.namespace === namespace &&
        within(connection.to.labels, labels) &&
        connection.ports.includes(call.port),
    ),
  );
}

describe("network policies of the add-ons", () => {
  for (const [variant, props] of Object.entries(variants)) {
    const policies = addonPolicies(props) as Policy[];

    it(`deny everything both ways to every namespace first, with ${variant}`, () => {
      const closed = policies.filter(({ metadata }) => metadata.name === "default-deny");
      expect(closed.map(({ metadata }) => metadata.namespace).sort()).toStrictEqual([...addonNamespaceNames].sort());
      for (const { spec } of closed)
        expect(spec).toStrictEqual({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    });

    it(`have a name of their own each, with ${variant}`, () => {
      const names = policies.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
      expect(new Set(names).size).toBe(names.length);
    });

    it(`open nothing to everybody, with ${variant}`, () => {
      const rules = policies.flatMap(({ spec }) => [spec["ingress"] ?? [], spec["egress"] ?? []].flat());
      for (const rule of rules as { from?: unknown[]; to?: unknown[]; ports: unknown[] }[]) {
        expecting(JSON.stringify(rule), (rule.from ?? rule.to ?? []).length).toBeGreaterThan(0);
        expecting(JSON.stringify(rule), rule.ports.length).toBeGreaterThan(0);
      }
    });
  }

  it("let pods out of the VPC only to S3 and, with a public authority, to it and Route 53", () => {
    const leaving = (props: AddonNetworkProps): string[] =>
      (addonPolicies(props) as Policy[])
        .filter(({ spec }) => JSON.stringify(spec).includes("0.0.0.0/0"))
        .map(({ metadata, spec }) => {
          expect(JSON.stringify(spec)).toMatch(/"except":\["10\.0\.0\.0\/8",/);
          return `${metadata.namespace}/${metadata.name}`;
        });
    expect(leaving(addonNetwork)).toStrictEqual(["logs/loki-to-s3-egress"]);
    expect(leaving({ ...addonNetwork, certificates: "public-ca" })).toStrictEqual([
      "cert-manager/cert-manager-to-acme-and-route53-egress",
      "logs/loki-to-s3-egress",
    ]);
  });

  it("name pods that the charts make, at ports where these answer", () => {
    for (const { name, from, to, ports } of allowed) {
      for (const peer of [from, to].filter(ours))
        expecting(`${name}: no such pods`, chosenBy(peer).length).toBeGreaterThan(0);
      if (!ours(to)) continue;
      for (const pod of chosenBy(to)) {
        for (const port of ports) {
          const number = Number.parseInt(String(port), 10);
          expecting(`${name}: ${JSON.stringify(pod.labels)} has no port ${port}`, pod.ports).toContain(number);
        }
      }
    }
  });

  it("let the API server reach every webhook and aggregated API", () => {
    const mine = called.filter(({ namespace }) => addonNamespaceNames.includes(namespace));
    expect(mine.length).toBeGreaterThanOrEqual(6);
    const fromControlPlane = (peer: Peer): boolean =>
      !isPods(peer) && addonNetwork.workloadCidrs.every((cidr) => peer.blocks.includes(cidr));
    expect(mine.filter((call) => !opens(call, fromControlPlane))).toStrictEqual([]);
    const unopened = { ...(mine[0] as Call), port: 1 };
    expect(opens(unopened, fromControlPlane)).toBe(false);
  });

  it("let Prometheus reach what the charts' monitors name", () => {
    const mine = scraped.filter(
      ({ namespace, by }) => addonNamespaceNames.includes(namespace) && !by.includes("node-exporter"),
    );
    expect(mine.length).toBeGreaterThanOrEqual(7);
    const fromPrometheus = (peer: Peer): boolean =>
      isPods(peer) && peer.labels["app.kubernetes.io/name"] === "prometheus";
    expect(mine.filter((call) => !opens(call, fromPrometheus))).toStrictEqual([]);
  });

  it("name pods by labels that the Service before them selects by, or EKS leaves the Service's own address closed", () => {
    for (const { name, from, to } of allowed) {
      if (!ours(from) || !ours(to)) continue;
      const peer = to.service ?? to.labels;
      for (const { services } of chosenBy(to)) {
        expecting(
          `${name}: no Service selects by ${JSON.stringify(peer)}`,
          services.some((selector) => within(peer, selector)),
        ).toBe(true);
      }
    }
  });

  it("let each pod that calls AWS ask the node's agent for its credentials", () => {
    const agent = allowed.filter(({ to }) => !isPods(to) && to.blocks.includes("169.254.170.23/32"));
    const asking = agent.flatMap(({ from }) =>
      isPods(from) ? [`${from.namespace}/${Object.values(from.labels)[0]}`] : [],
    );
    expect([...new Set(asking)].sort()).toStrictEqual([
      "cert-manager/aws-privateca-issuer",
      "cert-manager/cert-manager",
      "keda/keda-operator",
      "logs/loki",
      "monitoring/alertmanager",
    ]);
  });
});
