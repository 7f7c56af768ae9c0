import { ApiObject, type Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-33";
import { platform, supersetLabels, supersetName } from "../../contract/index.ts";
import type { ResolvedProps } from "./resolved-props.ts";

const { addressLimits, limits, timeouts, ports } = platform;

/**
 * Annotations by which an embed host neither receives nor sets a session cookie, so that sessions never beat tokens.
 * nginx drops a header whose value is empty.
 * https://docs.nginx.com/nginx-ingress-controller/configuration/ingress-resources/advanced-configuration-with-annotations/
 */
const withoutSessions = { "nginx.org/proxy-set-headers": "Cookie:", "nginx.org/proxy-hide-headers": "Set-Cookie" };

/**
 * Adds the hosts to F5's NGINX Ingress Controller; settings of the whole controller are in
 * charts/addons/helm/nginx.ts.
 */
export function addIngresses(chart: Chart, instance: ResolvedProps): void {
  const hosts = [
    ...instance.embedHosts,
    instance.studioHost,
    ...(instance.tokensHost === undefined ? [] : [instance.tokensHost]),
  ];
  new ApiObject(chart, "Certificate", {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { name: instance.tlsSecretName, labels: supersetLabels(instance) },
    spec: {
      secretName: instance.tlsSecretName,
      dnsNames: hosts,
      privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
      usages: ["digital signature", "server auth"],
      issuerRef: {
        group: instance.tlsIssuerKind === "ClusterIssuer" ? "cert-manager.io" : "awspca.cert-manager.io",
        kind: instance.tlsIssuerKind,
        name: instance.tlsClusterIssuer,
      },
    },
  });
  const web = { service: `${supersetName}-web`, port: ports.web };
  // A class of thirty behind one school address opens a dashboard at once: some 60 requests each.
  ingress(chart, instance, "embeds", instance.embedHosts, web, addressLimits.embeds, withoutSessions);
  ingress(chart, instance, "studio", [instance.studioHost], web, addressLimits.studio);
  if (instance.tokensHost !== undefined) {
    ingress(
      chart,
      instance,
      "tokens",
      [instance.tokensHost],
      { service: `${supersetName}-tokens`, port: ports.tokens },
      addressLimits.tokens,
    );
  }
}

function ingress(
  chart: Chart,
  instance: ResolvedProps,
  name: string,
  hosts: readonly string[],
  backend: { service: string; port: number },
  limit: { perSecond: number; burst: number },
  more: Record<string, string> = {},
): void {
  new k8s.KubeIngress(chart, `Ingress-${name}`, {
    metadata: {
      name: `${supersetName}-${name}`,
      labels: supersetLabels(instance),
      annotations: {
        "nginx.org/redirect-to-https": "True",
        "nginx.org/client-max-body-size": String(limits.bodyMaxBytes),
        "nginx.org/proxy-connect-timeout": "5s",
        "nginx.org/proxy-read-timeout": `${timeouts.proxyReadSeconds}s`,
        "nginx.org/proxy-send-timeout": `${timeouts.proxyReadSeconds}s`,
        "nginx.org/proxy-buffer-size": "16k",
        "nginx.org/proxy-buffers": "16 16k",
        "nginx.org/proxy-busy-buffers-size": "32k",
        "nginx.org/keepalive": "32",
        "nginx.org/hsts": "True",
        "nginx.org/hsts-max-age": "31536000",
        "nginx.org/hsts-include-subdomains": "False",
        "nginx.org/limit-req-key": "${binary_remote_addr}",
        "nginx.org/limit-req-zone-size": "10m",
        "nginx.org/limit-req-rate": `${limit.perSecond}r/s`,
        "nginx.org/limit-req-burst": String(limit.burst),
        "nginx.org/limit-req-no-delay": "true",
        "nginx.org/limit-req-reject-code": "429",
        "nginx.org/limit-req-scale": "true",
        ...more,
      },
    },
    spec: {
      ingressClassName: "nginx",
      tls: [{ hosts: [...hosts], secretName: instance.tlsSecretName }],
      rules: hosts.map((host) => ({
        host,
        http: {
          paths: [
            {
              path: "/",
              pathType: "Prefix",
              backend: { service: { name: backend.service, port: { number: backend.port } } },
            },
          ],
        },
      })),
    },
  });
}
