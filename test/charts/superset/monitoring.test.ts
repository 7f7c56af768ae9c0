import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { addonVariants, release } from "../../helm/fixture.ts";
import { manifests } from "../manifests.ts";
import { expecting } from "../../support/expecting.ts";

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
    expect(rules.length).toBeGreaterThan(5);
    for (const { alert, labels } of rules) {
      expecting(alert, headings).toContain(alert);
      expect(labels["runbook"]).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
    }
  });

  it("wake somebody for what guests notice, and open a ticket for the rest", () => {
    const pages = rules.filter(({ labels }) => labels["severity"] === "page").map(({ alert }) => alert);
    expect(pages.sort()).toStrictEqual([
      "CertificateExpires",
      "SupersetErrors",
      "SupersetMigrationFailed",
      "SupersetWebUnavailable",
      "SupersetWorkersUnavailable",
      "TokenServiceUnavailable",
    ]);
  });

  it("are mailed with a heading alone: a chart's own rules are seen in Grafana", () => {
    const { receiver, routes } = routeOf();
    expect(receiver).toBe("grafana");
    expect(routes).toStrictEqual([{ receiver: "topic", matchers: ['runbook != ""'] }]);
    expect(routeOf("dev on node groups")).toStrictEqual({ ...routeOf(), receiver: "grafana", routes: [] });
  });

  it("tell of a certificate that is not renewed, in the namespace of the instance", () => {
    const rule = rules.find(({ alert }) => alert === "CertificateExpires");
    expect(String(rule?.expr)).toMatch(
      /^certmanager_certificate_expiration_timestamp_seconds\{exported_namespace="homeroom"\}/,
    );
    const { prometheus } = release("cert-manager").values as {
      prometheus: { servicemonitor: { enabled: boolean; honorLabels?: boolean } };
    };
    expecting("with honorLabels the label is called namespace", prometheus.servicemonitor).toStrictEqual({
      enabled: true,
    });
  });
});
