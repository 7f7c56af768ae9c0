import { ingressNamespace, loggedPath, platform } from "../../../contract/index.ts";
import { type MirroredImage, pinned } from "./chart-source.ts";

export interface NginxValuesProps {
  readonly image: MirroredImage;
  /** CIDR ranges of the load balancer's subnets; PROXY protocol is believed from there alone. */
  readonly loadBalancerCidrs: readonly string[];
  /** Namespaces whose Ingresses and TLS secrets the controller may read. */
  readonly watchNamespaces: readonly string[];
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /**
   * Makes the controller ask for a load balancer; without it the Service is reached through a target group that the
   * edge stack made.
   */
  readonly makesLoadBalancer: boolean;
  readonly loadBalancerClass: string;
}

const { limits } = platform;

/**
 * The access log: one JSON object a request. It has $logged, the path alone; never $uri, $request, $request_uri,
 * $args or $http_referer, each of which would hold the token of a `?jwt=` request.
 */
const logFormat =
  '{"time":"$time_iso8601","host":"$host","method":"$request_method","path":"$logged","protocol":"$server_protocol",' +
  '"status":$status,"bytes":$body_bytes_sent,"seconds":$request_time,"upstream_seconds":"$upstream_response_time",' +
  '"upstream_status":"$upstream_status","client":"$remote_addr","request_id":"$request_id","tls":"$ssl_protocol"}';

/** Values for F5's NGINX Ingress Controller, chart 2.6.4 (5.5.4). */
export function nginxValues(props: NginxValuesProps): Record<string, unknown> {
  const { repository, digest } = pinned(props.image, "nginxValues.image");
  return {
    controller: {
      kind: "deployment",
      image: { repository, digest },
      telemetryReporting: { enable: false },
      enableSnippets: false,
      enableConfigSafety: true,
      readOnlyRootFilesystem: true,
      enableCustomResources: false,
      defaultTLS: {},
      logFormat: "json",
      ingressClass: { name: "nginx", create: true, setAsDefaultIngress: false },
      // Its own too, where it counts its replicas: a rate limit is for all of them together.
      watchNamespace: [...props.watchNamespaces, ingressNamespace].join(","),
      reportIngressStatus: { externalService: "nginx-ingress-controller" },
      watchSecretNamespace: props.watchNamespaces.join(","),
      autoscaling: {
        enabled: true,
        minReplicas: props.minReplicas,
        maxReplicas: props.maxReplicas,
        targetCPUUtilizationPercentage: 60,
      },
      podDisruptionBudget: { enabled: true, maxUnavailable: 1 },
      terminationGracePeriodSeconds: platform.timeouts.proxyReadSeconds + 15,
      resources: { requests: { cpu: "200m", memory: "256Mi" }, limits: { memory: "512Mi" } },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "topology.kubernetes.io/zone",
          whenUnsatisfiable: "DoNotSchedule",
          labelSelector: { matchLabels: { "app.kubernetes.io/name": "nginx-ingress" } },
        },
      ],
      config: { entries: configEntries(props) },
      service: !props.makesLoadBalancer
        ? { type: "ClusterIP", httpPort: { enable: true }, httpsPort: { enable: true } }
        : {
            type: "LoadBalancer",
            loadBalancerClass: props.loadBalancerClass,
            externalTrafficPolicy: "Local",
            annotations: {
              "service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing",
              "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type": "ip",
              // The other half is proxy-protocol below; with one half alone every request breaks.
              "service.beta.kubernetes.io/aws-load-balancer-proxy-protocol": "*",
              "service.beta.kubernetes.io/aws-load-balancer-attributes":
                "load_balancing.cross_zone.enabled=true,deletion_protection.enabled=true",
            },
          },
    },
    // charts/addons/cluster/ingress-access.ts has a narrower one.
    rbac: { clusterrole: { create: false } },
    nginxAgent: { enable: false },
    prometheus: { create: true, port: 9113 },
  };
}

function configEntries(props: NginxValuesProps): Record<string, string> {
  return {
    "ssl-protocols": "TLSv1.2 TLSv1.3",
    "ssl-prefer-server-ciphers": "True",
    "ssl-ciphers": "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305",
    http2: "True",
    "server-tokens": "False",
    hsts: "True",
    "hsts-max-age": "31536000",
    "proxy-protocol": "True",
    "real-ip-header": "proxy_protocol",
    "set-real-ip-from": props.loadBalancerCidrs.join(","),
    "client-max-body-size": String(limits.bodyMaxBytes),
    // nginx refuses a longer request line or header before gunicorn would; there is no key for it.
    "http-snippets": `large_client_header_buffers 4 ${limits.headerBuffersBytes};\n${loggedPath}`,
    "log-format-escaping": "json",
    "log-format": logFormat,
    // An error line quotes the whole request, query string and all. Status and upstream status are in the access log.
    "error-log-level": "emerg",
    "default-server-access-log-off": "True",
    "default-server-return": "404",
  };
}
