import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-27";
import { type EnvironmentName, platform } from "../contract/index.ts";
import type { Instance } from "./instance.ts";
import { componentLabels, selectorLabels } from "./labels.ts";
import { secretsDir } from "./paths.ts";
import { containerSecurity, podTemplate, scratchVolume, secretMount, secretVolume, temporaryMount } from "./pod.ts";
import { serviceAccountNames, tokenSecrets } from "./secrets.ts";
import { resources } from "./superset-pod.ts";

const drainSeconds = 10;

export function addTokenService(chart: Chart, instance: Instance): void {
  const name = `${instance.name}-tokens`;
  const labels = componentLabels(instance, "tokens");
  new k8s.KubeDeployment(chart, "Tokens", {
    metadata: { name, labels },
    spec: {
      replicas: instance.tokenServiceReplicas,
      selector: { matchLabels: selectorLabels(instance, "tokens") },
      revisionHistoryLimit: 5,
      strategy: {
        type: "RollingUpdate",
        rollingUpdate: { maxSurge: k8s.IntOrString.fromNumber(1), maxUnavailable: k8s.IntOrString.fromNumber(0) },
      },
      template: podTemplate(instance, {
        component: "tokens",
        serviceAccountName: serviceAccountNames(instance).tokens,
        terminationGracePeriodSeconds: drainSeconds + platform.timeouts.gracefulSeconds,
        containers: [
          {
            name: "token-service",
            image: instance.tokenServiceImage,
            imagePullPolicy: "IfNotPresent",
            env: Object.entries(environment(instance)).map(([key, value]) => ({ name: key, value })),
            ports: [{ name: "http", containerPort: platform.ports.tokens }],
            startupProbe: { ...health, periodSeconds: 2, failureThreshold: 30 },
            readinessProbe: { ...health, periodSeconds: 5, failureThreshold: 3 },
            livenessProbe: { ...health, periodSeconds: 20, failureThreshold: 3 },
            lifecycle: { preStop: { exec: { command: ["sleep", String(drainSeconds)] } } },
            resources: resources("100m", "128Mi", "256Mi"),
            securityContext: containerSecurity,
            volumeMounts: [secretMount, temporaryMount],
          },
        ],
        volumes: [secretVolume(tokenSecrets(instance)), scratchVolume("tmp", "64Mi")],
      }),
    },
  });
  new k8s.KubeService(chart, "TokensService", {
    metadata: { name, labels },
    spec: {
      type: "ClusterIP",
      selector: selectorLabels(instance, "tokens"),
      ports: [{ name: "http", port: platform.ports.tokens, targetPort: k8s.IntOrString.fromString("http") }],
    },
  });
}

const health = { httpGet: { path: "/v1/health", port: k8s.IntOrString.fromString("http") }, timeoutSeconds: 3 };

function environment(instance: Instance): Partial<Record<EnvironmentName, string>> {
  return {
    HOMEROOM_ENVIRONMENT: instance.environment,
    HOMEROOM_SECRETS_DIR: secretsDir,
    HOMEROOM_JWKS_FILE: `${secretsDir}/jwks.json`,
    HOMEROOM_AUDIENCE: instance.audience,
    HOMEROOM_EMBED_ORIGINS: instance.embedHosts.map((host) => `https://${host}`).join(","),
  };
}
