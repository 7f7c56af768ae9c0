import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-33";
import { componentLabels, pods, selectorLabels, supersetName } from "../../contract/index.ts";
import type { ResolvedProps } from "./resolved-props.ts";
import { stateDir } from "./paths.ts";
import { runtimeSecrets } from "./secrets.ts";
import { supersetPod } from "./superset-pod.ts";

const schedule = `${stateDir}/celerybeat-schedule`;

/**
 * Adds the scheduler, exactly one pod: two would send every scheduled task twice. So it has no disruption budget
 * either.
 */
export function addBeat(chart: Chart, instance: ResolvedProps): void {
  new k8s.KubeDeployment(chart, "Beat", {
    metadata: { name: `${supersetName}-beat`, labels: componentLabels(instance, "beat") },
    spec: {
      replicas: 1,
      selector: { matchLabels: selectorLabels("beat") },
      revisionHistoryLimit: 5,
      strategy: { type: "Recreate" },
      template: supersetPod(instance, {
        component: "beat",
        secretProviderClass: runtimeSecrets,
        command: [
          "celery",
          "--app=superset.tasks.celery_app:app",
          "beat",
          "--pidfile=",
          `--schedule=${schedule}`,
          "--loglevel=INFO",
        ],
        terminationGracePeriodSeconds: 30,
        resources: pods.requests.beat,
        waitsForSchema: true,
        container: {
          // Beat writes its schedule at least every three minutes.
          startupProbe: { ...scheduleYoungerThan(10), periodSeconds: 10, failureThreshold: 18 },
          livenessProbe: { ...scheduleYoungerThan(10), periodSeconds: 60, failureThreshold: 2 },
        },
      }),
    },
  });
}

function scheduleYoungerThan(minutes: number): { exec: k8s.ExecAction; timeoutSeconds: number } {
  return {
    exec: { command: ["sh", "-c", `test -n "$(find ${stateDir} -name 'celerybeat-schedule*' -mmin -${minutes})"`] },
    timeoutSeconds: 5,
  };
}
