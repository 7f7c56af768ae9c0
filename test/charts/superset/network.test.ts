import { describe, expect, it } from "@jest/globals";
import { platform } from "../../../contract/index.ts";
import { fixture } from "../fixture.ts";
import { type Labels, manifests, named, ofKind, specOf, workloads } from "../manifests.ts";
import { expecting } from "../../support/expecting.ts";
import { present } from "../../support/narrowing.ts";

interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: { key: string; values: string[] }[];
}

interface Peer {
  readonly ipBlock?: { cidr: string };
  readonly namespaceSelector?: Selector;
  readonly podSelector?: Selector;
}

interface Rule {
  readonly from?: Peer[];
  readonly to?: Peer[];
  readonly ports?: { port: number; protocol: string }[];
}

interface Policy {
  readonly podSelector: Selector;
  readonly policyTypes: string[];
  readonly ingress?: Rule[];
  readonly egress?: Rule[];
}

function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, values }) => values.includes(labels[key] ?? ""))
  );
}

/** Every connection that the policies open for a component, as text. */
function connections(component: string): string[] {
  const pod = workloads().find(
    ({ spec }) => spec.template.metadata.labels["app.kubernetes.io/component"] === component,
  );
  present(pod);
  const open: string[] = [];
  for (const manifest of ofKind("NetworkPolicy")) {
    const policy = specOf<Policy>(manifest);
    if (!selects(policy.podSelector, pod.spec.template.metadata.labels)) continue;
    for (const [direction, rules] of [
      ["in", policy.ingress],
      ["out", policy.egress],
    ] as const) {
      for (const rule of rules ?? []) {
        for (const peer of rule.from ?? rule.to ?? [{}]) {
          const who =
            peer.ipBlock?.cidr ?? peer.namespaceSelector?.matchLabels?.["kubernetes.io/metadata.name"] ?? "ANYONE";
          for (const { port, protocol } of rule.ports ?? [{ port: 0, protocol: "ANY" }])
            open.push(`${direction} ${who} ${protocol}/${port}`);
        }
      }
    }
  }
  return open.sort();
}

const dns = ["kube-system", fixture.dnsCidr].flatMap((peer) => [`out ${peer} TCP/53`, `out ${peer} UDP/53`]);
const data = fixture.dataCidrs.flatMap((cidr) => [`out ${cidr} TCP/5432`, `out ${cidr} TCP/6379`]);
const analytics = fixture.analyticsCidrs.map((cidr) => `out ${cidr} TCP/5432`);

describe("network policies", () => {
  it("deny everything both ways to every pod first", () => {
    const policy = specOf<Policy>(named("NetworkPolicy", "superset-default-deny"));
    expect(policy).toStrictEqual({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
  });

  const expected: Record<string, string[]> = {
    web: [`in nginx-ingress TCP/${platform.ports.web}`, "in monitoring TCP/9102", ...dns, ...data, ...analytics],
    worker: ["in monitoring TCP/9102", ...dns, ...data, ...analytics],
    beat: [...dns, ...data],
    migrate: [...dns, ...data, ...analytics],
    tokens: [
      `in nginx-ingress TCP/${platform.ports.tokens}`,
      ...dns,
      ...fixture.dataCidrs.map((cidr) => `out ${cidr} TCP/6379`),
    ],
  };
  for (const [component, open] of Object.entries(expected)) {
    it(`open for ${component} exactly its connections of the picture`, () => {
      expect(connections(component)).toStrictEqual([...open].sort());
    });
  }

  it("open nothing to the internet", () => {
    expect(JSON.stringify(ofKind("NetworkPolicy"))).not.toMatch(/0\.0\.0\.0\/0|::\/0/);
  });
});

interface Ingress {
  readonly ingressClassName: string;
  readonly tls: { hosts: string[]; secretName: string }[];
  readonly rules: {
    host: string;
    http: { paths: { backend: { service: { name: string; port: { number: number } } } }[] };
  }[];
}

describe("ingresses", () => {
  it("serve each sharded host, the studio and the token service over TLS", () => {
    const hosts = ofKind("Ingress").flatMap((manifest) => {
      const spec = specOf<Ingress>(manifest);
      expect(spec.ingressClassName).toBe("nginx");
      const rules = spec.rules.map(({ host }) => host);
      expecting(`${manifest.metadata.name} serves a host without TLS`, spec.tls).toStrictEqual([
        { hosts: rules, secretName: "superset-tls" },
      ]);
      expect(manifest.metadata.annotations?.["nginx.org/redirect-to-https"]).toBe("True");
      return rules;
    });
    expect(hosts).toStrictEqual([...fixture.embedHosts, fixture.studioHost, fixture.tokensHost]);
    const certificate = specOf<{ dnsNames: string[] }>(named("Certificate", "superset-tls"));
    expect(certificate.dnsNames).toStrictEqual(hosts);
  });

  it("lead to ports that a Service has", () => {
    for (const manifest of ofKind("Ingress")) {
      for (const { http } of specOf<Ingress>(manifest).rules) {
        for (const { backend } of http.paths) {
          const service = specOf<{ ports: { port: number }[] }>(named("Service", backend.service.name));
          expect(service.ports.some(({ port }) => port === backend.service.port.number)).toBe(true);
        }
      }
    }
  });

  it("wait longer than gunicorn, take the contract's body size and limit the rate per address", () => {
    for (const { metadata } of ofKind("Ingress")) {
      const annotations = metadata.annotations ?? {};
      expect(annotations["nginx.org/client-max-body-size"]).toBe(String(platform.limits.bodyMaxBytes));
      expect(Number.parseInt(annotations["nginx.org/proxy-read-timeout"] ?? "0", 10)).toBeGreaterThan(
        platform.timeouts.gunicornSeconds,
      );
      expect(annotations["nginx.org/limit-req-rate"] ?? "").toMatch(/^\d+r\/s$/);
      expect(annotations["nginx.org/limit-req-key"]).toBe("${binary_remote_addr}");
    }
  });

  it("let no session through an embed host, in either direction, and keep those of the others", () => {
    const cookies = ofKind("Ingress").map(({ metadata }) => [
      metadata.name,
      metadata.annotations?.["nginx.org/proxy-set-headers"],
      metadata.annotations?.["nginx.org/proxy-hide-headers"],
    ]);
    expect(cookies).toStrictEqual([
      ["superset-embeds", "Cookie:", "Set-Cookie"],
      ["superset-studio", undefined, undefined],
      ["superset-tokens", undefined, undefined],
    ]);
  });

  it("use F5's annotations, no snippet and none of the retired controller's", () => {
    const keys = ofKind("Ingress").flatMap(({ metadata }) => Object.keys(metadata.annotations ?? {}));
    for (const key of keys) expect(key).toMatch(/^nginx\.org\/(?!.*snippets)/);
  });

  it("leave the token service inside the cluster when it has no host", () => {
    const inside = ofKind("Ingress", manifests({}, ["tokensHost"])).map(({ metadata }) => metadata.name);
    expect(inside).toStrictEqual(["superset-embeds", "superset-studio"]);
  });
});
