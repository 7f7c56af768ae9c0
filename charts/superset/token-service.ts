import { createHash } from "node:crypto";
import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-33";
import {
  componentLabels,
  platform,
  pods,
  selectorLabels,
  serviceAccounts,
  supersetName,
  tokenServiceUser,
} from "../../contract/index.ts";
import type { ResolvedProps } from "./resolved-props.ts";
import { secretsDir } from "./paths.ts";
import { containerSecurity, podTemplate, scratchVolume, secretMount, secretVolume, temporaryMount } from "./pod.ts";
import { tokenSecrets } from "./secrets.ts";
import { resources } from "./superset-pod.ts";

const drainSeconds = 10;
const configDir = "/etc/homeroom";

export function addTokenService(chart: Chart, instance: ResolvedProps): void {
  const name = `${supersetName}-tokens`;
  const labels = componentLabels(instance, "tokens");
  const config = serviceConfig(instance);
  new k8s.KubeConfigMap(chart, "TokensConfig", { metadata: { name, labels }, data: { "tokens.json": config } });
  new k8s.KubeDeployment(chart, "Tokens", {
    metadata: { name, labels },
    spec: {
      // Products that sign their own tokens need it too: an emergency revocation runs in its pods.
      replicas: pods.tokenServiceReplicas,
      selector: { matchLabels: selectorLabels("tokens") },
      revisionHistoryLimit: 5,
      strategy: {
        type: "RollingUpdate",
        rollingUpdate: { maxSurge: k8s.IntOrString.fromNumber(1), maxUnavailable: k8s.IntOrString.fromNumber(0) },
      },
      template: podTemplate(instance, {
        component: "tokens",
        serviceAccountName: serviceAccounts.tokens,
        annotations: { "homeroom/config-checksum": createHash("sha256").update(config).digest("hex") },
        terminationGracePeriodSeconds: drainSeconds + platform.timeouts.gracefulSeconds,
        containers: [
          {
            name: "token-service",
            image: instance.tokenServiceImage,
            imagePullPolicy: "IfNotPresent",
            env: [{ name: "HOMEROOM_TOKENS_CONFIG", value: `${configDir}/tokens.json` }],
            ports: [{ name: "http", containerPort: platform.ports.tokens }],
            startupProbe: { ...health, periodSeconds: 2, failureThreshold: 30 },
            readinessProbe: { ...health, periodSeconds: 5, failureThreshold: 3 },
            livenessProbe: { ...health, periodSeconds: 20, failureThreshold: 3 },
            // The image has no shell and no sleep.
            lifecycle: { preStop: { exec: { command: ["node", "-e", `setTimeout(() => {}, ${drainSeconds}000)`] } } },
            resources: resources(pods.requests.tokens),
            securityContext: containerSecurity,
            volumeMounts: [secretMount, temporaryMount, { name: "config", mountPath: configDir, readOnly: true }],
          },
        ],
        volumes: [secretVolume(tokenSecrets), scratchVolume("tmp", "64Mi"), { name: "config", configMap: { name } }],
      }),
    },
  });
  new k8s.KubeService(chart, "TokensService", {
    metadata: { name, labels },
    spec: {
      type: "ClusterIP",
      selector: selectorLabels("tokens"),
      ports: [{ name: "http", port: platform.ports.tokens, targetPort: k8s.IntOrString.fromString("http") }],
    },
  });
}

const health = { httpGet: { path: "/v1/health", port: k8s.IntOrString.fromString("http") }, timeoutSeconds: 3 };

/** Returns the file that runtime/tokens/service-config.ts reads; it holds public keys only. */
function serviceConfig(instance: ResolvedProps): string {
  const audienceHost = instance.tokensHost ?? `${supersetName}-tokens.${instance.namespace}.svc`;
  const config = {
    host: "0.0.0.0",
    port: platform.ports.tokens,
    audience: instance.supersetSettings.audience,
    assertionAudience: `https://${audienceHost}/v1/tokens`,
    keys: { files: { jwks: `${secretsDir}/jwks.json`, signing: `${secretsDir}/signing-keys.json` } },
    trustStore: {
      url: instance.trustStoreUrl,
      passwordFile: `${secretsDir}/${tokenServiceUser.passwordFile}`,
    },
    embedOrigins: { https: instance.embedHosts.map((host) => `https://${host}`) },
    dashboards: instance.tokenDashboards,
    clients: instance.tokenClients,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
