import { type MirroredImage, splitRegistry } from "./chart-source.ts";

export interface GrafanaValuesProps {
  readonly image: MirroredImage;
  readonly lokiUrl: string;
  readonly prometheusUrl: string;
  /** Loki's tenants that operators may read, joined by Loki with "|". */
  readonly tenants: readonly string[];
  /** The SecretProviderClass in Grafana's namespace whose file `admin-password` holds the administrator's password. */
  readonly secretProviderClass: string;
}

const secretsDir = "/run/homeroom/secrets";

/** Values for grafana-community's Grafana, chart 12.11.1 (13.2.0). */
export function grafanaValues(props: GrafanaValuesProps): Record<string, unknown> {
  const { registry, repository, digest } = splitRegistry(props.image, "grafanaValues.image");
  return {
    image: { registry, repository, sha: digest.replace("sha256:", "") },
    serviceAccount: { create: true, name: "grafana" },
    env: { GF_SECURITY_ADMIN_PASSWORD__FILE: `${secretsDir}/admin-password` },
    extraSecretMounts: [
      {
        name: "secrets",
        mountPath: secretsDir,
        readOnly: true,
        csi: {
          driver: "secrets-store.csi.k8s.io",
          readOnly: true,
          volumeAttributes: { secretProviderClass: props.secretProviderClass },
        },
      },
    ],
    // Dashboards and data sources come from here; what a person changes in Grafana is not kept.
    persistence: { enabled: false },
    sidecar: { dashboards: { enabled: false }, datasources: { enabled: false } },
    resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { memory: "512Mi" } },
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
