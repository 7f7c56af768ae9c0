import assert from "node:assert/strict";
import { describe, it } from "node:test";
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
  assert.ok(answering.length > 0, JSON.stringify(call));
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
      assert.deepEqual(closed.map(({ metadata }) => metadata.namespace).sort(), [...addonNamespaceNames].sort());
      for (const { spec } of closed) assert.deepEqual(spec, { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    });

    it(`have a name of their own each, with ${variant}`, () => {
      const names = policies.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
      assert.equal(new Set(names).size, names.length);
    });

    it(`open nothing to everybody, with ${variant}`, () => {
      const rules = policies.flatMap(({ spec }) => [spec["ingress"] ?? [], spec["egress"] ?? []].flat());
      for (const rule of rules as { from?: unknown[]; to?: unknown[]; ports: unknown[] }[]) {
        assert.ok((rule.from ?? rule.to ?? []).length > 0 && rule.ports.length > 0, JSON.stringify(rule));
      }
    });
  }

  it("let pods out of the VPC only to S3 and, with a public authority, to it and Route 53", () => {
    const leaving = (props: AddonNetworkProps): string[] =>
      (addonPolicies(props) as Policy[])
        .filter(({ spec }) => JSON.stringify(spec).includes("0.0.0.0/0"))
        .map(({ metadata, spec }) => {
          assert.match(JSON.stringify(spec), /"except":\["10\.0\.0\.0\/8",/);
          return `${metadata.namespace}/${metadata.name}`;
        });
    assert.deepEqual(leaving(addonNetwork), ["logs/loki-to-s3-egress"]);
    assert.deepEqual(leaving({ ...addonNetwork, certificates: "public-ca" }), [
      "cert-manager/cert-manager-to-acme-and-route53-egress",
      "logs/loki-to-s3-egress",
    ]);
  });

  it("name pods that the charts make, at ports where these answer", () => {
    for (const { name, from, to, ports } of allowed) {
      for (const peer of [from, to].filter(ours)) assert.ok(chosenBy(peer).length > 0, `${name}: no such pods`);
      if (!ours(to)) continue;
      for (const pod of chosenBy(to)) {
        for (const port of ports) {
          const number = Number.parseInt(String(port), 10);
          assert.ok(pod.ports.includes(number), `${name}: ${JSON.stringify(pod.labels)} has no port ${port}`);
        }
      }
    }
  });

  it("let the API server reach every webhook and aggregated API", () => {
    const mine = called.filter(({ namespace }) => addonNamespaceNames.includes(namespace));
    assert.ok(mine.length >= 6);
    const fromControlPlane = (peer: Peer): boolean =>
      !isPods(peer) && addonNetwork.workloadCidrs.every((cidr) => peer.blocks.includes(cidr));
    assert.deepEqual(
      mine.filter((call) => !opens(call, fromControlPlane)),
      [],
    );
    const unopened = { ...(mine[0] as Call), port: 1 };
    assert.equal(opens(unopened, fromControlPlane), false);
  });

  it("let Prometheus reach what the charts' monitors name", () => {
    const mine = scraped.filter(
      ({ namespace, by }) => addonNamespaceNames.includes(namespace) && !by.includes("node-exporter"),
    );
    assert.ok(mine.length >= 7);
    const fromPrometheus = (peer: Peer): boolean =>
      isPods(peer) && peer.labels["app.kubernetes.io/name"] === "prometheus";
    assert.deepEqual(
      mine.filter((call) => !opens(call, fromPrometheus)),
      [],
    );
  });

  it("name pods by labels that the Service before them selects by, or EKS leaves the Service's own address closed", () => {
    for (const { name, from, to } of allowed) {
      if (!ours(from) || !ours(to)) continue;
      const peer = to.service ?? to.labels;
      for (const { services } of chosenBy(to)) {
        assert.ok(
          services.some((selector) => within(peer, selector)),
          `${name}: no Service selects by ${JSON.stringify(peer)}`,
        );
      }
    }
  });

  it("let each pod that calls AWS ask the node's agent for its credentials", () => {
    const agent = allowed.filter(({ to }) => !isPods(to) && to.blocks.includes("169.254.170.23/32"));
    const asking = agent.flatMap(({ from }) =>
      isPods(from) ? [`${from.namespace}/${Object.values(from.labels)[0]}`] : [],
    );
    assert.deepEqual([...new Set(asking)].sort(), [
      "cert-manager/aws-privateca-issuer",
      "cert-manager/cert-manager",
      "keda/keda-operator",
      "logs/loki",
      "monitoring/alertmanager",
    ]);
  });
});
