import { ApiObject, type Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-33";
import {
  componentLabels,
  prometheusUrl,
  pods,
  selectorLabels,
  supersetLabels,
  supersetName,
} from "../../contract/index.ts";
import type { ResolvedProps } from "./resolved-props.ts";
import { runtimeSecrets } from "./secrets.ts";
import { supersetPod } from "./superset-pod.ts";

const celery = ["celery", "--app=superset.tasks.celery_app:app"];
/** The seconds after SIGTERM within which Celery ends a task; longer ones are lost and run again by their user. */
const drainSeconds = 300;
const queue = "celery";
/** The number of tasks that one worker runs at once. */
const concurrency = 2;

export function addWorker(chart: Chart, instance: ResolvedProps): void {
  const name = `${supersetName}-worker`;
  new k8s.KubeDeployment(chart, "Worker", {
    metadata: { name, labels: componentLabels(instance, "worker") },
    // No replicas: KEDA's autoscaler owns them.
    spec: {
      selector: { matchLabels: selectorLabels("worker") },
      progressDeadlineSeconds: 900,
      revisionHistoryLimit: 5,
      strategy: {
        type: "RollingUpdate",
        rollingUpdate: { maxSurge: k8s.IntOrString.fromNumber(1), maxUnavailable: k8s.IntOrString.fromNumber(0) },
      },
      template: supersetPod(instance, {
        component: "worker",
        secretProviderClass: runtimeSecrets,
        command: [
          ...celery,
          "worker",
          "--pool=prefork",
          `--concurrency=${concurrency}`,
          "-O",
          "fair",
          `--queues=${queue}`,
          "--loglevel=INFO",
        ],
        terminationGracePeriodSeconds: drainSeconds,
        resources: pods.requests.worker,
        metrics: true,
        waitsForSchema: true,
        container: {
          startupProbe: { ...ping, periodSeconds: 10, failureThreshold: 30 },
          livenessProbe: { ...ping, periodSeconds: 60, failureThreshold: 3 },
        },
      }),
    },
  });
  addBrokerAccess(chart, instance);
  addAutoscaler(chart, instance, name);
}

// Asks this worker over the broker; a Python without Superset, because the probe runs all day.
const ping = { exec: { command: ["python", "-m", "homeroom_superset.jobs.worker_alive"] }, timeoutSeconds: 20 };

/** Lets KEDA read the password of the broker whose queue it counts. */
function addBrokerAccess(chart: Chart, instance: ResolvedProps): void {
  const labels = supersetLabels(instance);
  new ApiObject(chart, "BrokerAccess", {
    apiVersion: "keda.sh/v1alpha1",
    kind: "TriggerAuthentication",
    metadata: { name: `${supersetName}-broker`, labels },
    spec: {
      awsSecretManager: {
        podIdentity: { provider: "aws" },
        region: instance.region,
        secrets: [
          {
            parameter: "password",
            name: instance.brokerRedisPassword.objectName,
          },
        ],
      },
    },
  });
}

function addAutoscaler(chart: Chart, instance: ResolvedProps, name: string): void {
  new ApiObject(chart, "WorkerScaling", {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name, labels: componentLabels(instance, "worker") },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      minReplicaCount: instance.workerReplicasMin,
      maxReplicaCount: instance.workerReplicasMax,
      pollingInterval: 15,
      cooldownPeriod: 300,
      fallback: { failureThreshold: 4, replicas: instance.workerReplicasMin },
      advanced: {
        horizontalPodAutoscalerConfig: {
          behavior: {
            scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: "Pods", value: 1, periodSeconds: 120 }] },
          },
        },
      },
      triggers: triggers(instance),
    },
  });
}

/** Returns what KEDA counts: waiting work, and workers that are busy. */
function triggers(instance: ResolvedProps): object[] {
  return [
    {
      type: "redis",
      metadata: {
        address: instance.brokerRedisAddress,
        username: instance.brokerRedisUser,
        databaseIndex: "0",
        listName: queue,
        listLength: "5",
        enableTLS: String(instance.brokerRedisUrl.startsWith("rediss://")),
      },
      authenticationRef: { name: `${supersetName}-broker` },
    },
    // Work that a worker already took is no longer in the list: one more worker before all are at work.
    {
      type: "prometheus",
      metadata: {
        serverAddress: prometheusUrl,
        query: `sum(superset_worker_busy{namespace="${instance.namespace}"})`,
        threshold: String(concurrency * 0.75),
        // Until a worker has reported there is nothing to scale by.
        ignoreNullValues: "true",
      },
    },
  ];
}
