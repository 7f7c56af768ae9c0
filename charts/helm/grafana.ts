import { type MirroredImage, splitRegistry } from "./chart-source.ts";

export interface GrafanaValuesProps {
  readonly image: MirroredImage;
  readonly lokiUrl: string;
  readonly prometheusUrl: string;
  /** Loki's tenants that operators may read, joined by Loki with "|". */
  readonly tenants: readonly string[];
}

/** Values for grafana-community's Grafana 13. */
export function grafanaValues(props: GrafanaValuesProps): Record<string, unknown> {
  return {
    image: splitRegistry(props.image, "grafanaValues.image"),
    "grafana.ini": {
      analytics: {
        reporting_enabled: false,
        check_for_updates: false,
        check_for_plugin_updates: false,
        feedback_links_enabled: false,
      },
      news: { news_feed_enabled: false },
      security: { disable_gravatar: true, cookie_secure: true },
      plugins: { plugin_admin_enabled: false, preinstall_disabled: true },
      users: { allow_sign_up: false },
      snapshots: { external_enabled: false },
    },
    testFramework: { enabled: false },
    datasources: {
      "datasources.yaml": {
        apiVersion: 1,
        datasources: [
          { name: "Prometheus", type: "prometheus", url: props.prometheusUrl, access: "proxy", isDefault: true },
          {
            name: "Loki",
            type: "loki",
            url: props.lokiUrl,
            access: "proxy",
            jsonData: { httpHeaderName1: "X-Scope-OrgID" },
            // A tenant list is no secret, but Grafana takes header values here only.
            secureJsonData: { httpHeaderValue1: props.tenants.join("|") },
          },
        ],
      },
    },
  };
}
