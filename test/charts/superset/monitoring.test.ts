import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { addonVariants, release } from "../../helm/fixture.ts";
import { manifests } from "../manifests.ts";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface Route {
  readonly receiver: string;
  readonly routes: readonly { readonly receiver: string; readonly matchers: readonly string[] }[];
}

const rules = (manifests() as { kind: string; spec?: { groups?: { rules: Rule[] }[] } }[])
  .filter(({ kind }) => kind === "PrometheusRule")
  .flatMap(({ spec }) => spec?.groups ?? [])
  .flatMap((group) => group.rules);

const routeOf = (variant?: string): Route => {
  const { values } = release("prometheus", variant === undefined ? undefined : addonVariants[variant]);
  const { config } = values["alertmanager"] as { config: { route: Route } };
  return config.route;
};

describe("alerts of the cluster", () => {
  it("have a heading in the runbook, every one", () => {
    const headings = [...readFileSync("docs/runbook.md", "utf8").matchAll(/^### (.+)$/gm)].map(
      ([, heading]) => heading,
    );
    assert.ok(rules.length > 5);
    for (const { alert, labels } of rules) {
      assert.ok(headings.includes(alert), alert);
      assert.equal(labels["runbook"], `docs/runbook.md#${alert.toLowerCase()}`);
    }
  });

  it("are mailed with a heading alone: a chart's own rules are seen in Grafana", () => {
    const { receiver, routes } = routeOf();
    assert.equal(receiver, "grafana");
    assert.deepEqual(routes, [{ receiver: "topic", matchers: ['runbook != ""'] }]);
    assert.deepEqual(routeOf("dev on node groups"), { ...routeOf(), receiver: "grafana", routes: [] });
  });

  it("tell of a certificate that is not renewed, in the namespace of the instance", () => {
    const rule = rules.find(({ alert }) => alert === "CertificateExpires");
    assert.match(
      String(rule?.expr),
      /^certmanager_certificate_expiration_timestamp_seconds\{exported_namespace="homeroom"\}/,
    );
    const { prometheus } = release("cert-manager").values as {
      prometheus: { servicemonitor: { enabled: boolean; honorLabels?: boolean } };
    };
    assert.deepEqual(prometheus.servicemonitor, { enabled: true }, "with honorLabels the label is called namespace");
  });
});
