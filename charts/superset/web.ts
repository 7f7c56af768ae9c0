import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-33";
import { componentLabels, platform, pods, selectorLabels, supersetName } from "../../contract/index.ts";
import type { ResolvedProps } from "./resolved-props.ts";
import { runtimeSecrets } from "./secrets.ts";
import { supersetPod } from "./superset-pod.ts";

/** The seconds for which endpoints and the ingress may still send new requests after a pod is told to end. */
const drainSeconds = 10;
const { ports, limits, timeouts, gunicorn } = platform;

export function addWeb(chart: Chart, instance: ResolvedProps): void {
  const name = `${supersetName}-web`;
  const labels = componentLabels(instance, "web");
  new k8s.KubeDeployment(chart, "Web", {
    metadata: { name, labels },
    // No replicas: the autoscaler owns them, and an apply would reset its choice.
    spec: {
      selector: { matchLabels: selectorLabels("web") },
      minReadySeconds: 5,
      progressDeadlineSeconds: 900,
      revisionHistoryLimit: 5,
      strategy: {
        type: "RollingUpdate",
        rollingUpdate: { maxSurge: k8s.IntOrString.fromNumber(1), maxUnavailable: k8s.IntOrString.fromNumber(0) },
      },
      template: supersetPod(instance, {
        component: "web",
        secretProviderClass: runtimeSecrets,
        command: gunicornCommand(),
        terminationGracePeriodSeconds: drainSeconds + timeouts.gracefulSeconds + 5,
        resources: pods.requests.web,
        metrics: true,
        waitsForSchema: true,
        container: {
          ports: [{ name: "http", containerPort: ports.web }],
          startupProbe: { ...health, periodSeconds: 5, failureThreshold: 36 },
          readinessProbe: { ...health, periodSeconds: 5, failureThreshold: 3 },
          livenessProbe: { ...health, periodSeconds: 20, failureThreshold: 3 },
          lifecycle: { preStop: { exec: { command: ["sleep", String(drainSeconds)] } } },
        },
      }),
    },
  });
  new k8s.KubeService(chart, "WebService", {
    metadata: { name, labels },
    spec: {
      type: "ClusterIP",
      selector: selectorLabels("web"),
      ports: [{ name: "http", port: ports.web, targetPort: k8s.IntOrString.fromString("http") }],
    },
  });
  addAutoscaler(chart, instance, name);
}

const health = { httpGet: { path: "/health", port: k8s.IntOrString.fromString("http") }, timeoutSeconds: 5 };

function gunicornCommand(): string[] {
  return [
    "gunicorn",
    `--bind=0.0.0.0:${ports.web}`,
    "--worker-class=gthread",
    `--workers=${gunicorn.workers}`,
    `--threads=${gunicorn.threads}`,
    `--timeout=${timeouts.gunicornSeconds}`,
    `--graceful-timeout=${timeouts.gracefulSeconds}`,
    // Longer than nginx keeps an idle upstream connection, so nginx never reuses one that just closed.
    `--keep-alive=${timeouts.proxyReadSeconds}`,
    `--limit-request-line=${limits.requestLineBytes}`,
    `--limit-request-field_size=${limits.headerFieldBytes}`,
    // The heartbeat file must not sit on a disk that can stall.
    "--worker-tmp-dir=/dev/shm",
    "--access-logfile=-",
    // %(U)s is the path alone: a ?jwt= token must not reach a log.
    '--access-logformat=%(t)s "%(m)s %(U)s %(H)s" %(s)s %(b)s %(M)sms',
    "superset.app:create_app()",
  ];
}

function addAutoscaler(chart: Chart, instance: ResolvedProps, name: string): void {
  new k8s.KubeHorizontalPodAutoscalerV2(chart, "WebAutoscaler", {
    metadata: { name, labels: componentLabels(instance, "web") },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      minReplicas: instance.webReplicasMin,
      maxReplicas: instance.webReplicasMax,
      metrics: [utilization("cpu", 60), utilization("memory", 85)],
      behavior: {
        // A school's period begins at once: grow fast, shrink after the lesson.
        scaleUp: {
          stabilizationWindowSeconds: 0,
          selectPolicy: "Max",
          policies: [
            { type: "Percent", value: 100, periodSeconds: 30 },
            { type: "Pods", value: 2, periodSeconds: 30 },
          ],
        },
        scaleDown: {
          stabilizationWindowSeconds: 600,
          selectPolicy: "Min",
          policies: [{ type: "Pods", value: 1, periodSeconds: 120 }],
        },
      },
    },
  });
}

function utilization(name: "cpu" | "memory", averageUtilization: number): k8s.MetricSpecV2 {
  return {
    type: "ContainerResource",
    // The container's own use: the exporter beside it would dilute the average of the pod.
    containerResource: { container: "superset", name, target: { type: "Utilization", averageUtilization } },
  };
}
