import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-33";
import { componentLabels, pods, supersetName } from "../../contract/index.ts";
import type { ResolvedProps } from "./resolved-props.ts";
import { secretsDir } from "./paths.ts";
import { previousSecretKeyFile, secretKeySecrets } from "./secrets.ts";
import { supersetPod } from "./superset-pod.ts";

/**
 * Adds a Job that encrypts stored secrets again with the present SECRET_KEY, once for each name that is given; it may
 * be repeated at any time.
 */
export function addSecretKeyRotation(chart: Chart, instance: ResolvedProps): void {
  if (instance.secretKeyRotation === undefined) return;
  new k8s.KubeJob(chart, "SecretKeyRotation", {
    metadata: {
      name: `${supersetName}-secret-key-${instance.secretKeyRotation}`,
      labels: componentLabels(instance, "migrate"),
    },
    spec: {
      backoffLimit: 2,
      activeDeadlineSeconds: 1800,
      ttlSecondsAfterFinished: 7 * 24 * 3600,
      template: supersetPod(instance, {
        component: "migrate",
        secretProviderClass: secretKeySecrets,
        command: [
          "python",
          "-m",
          "homeroom_superset.jobs.rotate_secret_key",
          "--previous-key-file",
          `${secretsDir}/${previousSecretKeyFile}`,
        ],
        terminationGracePeriodSeconds: 60,
        resources: pods.requests.migrate,
        waitsForSchema: true,
        restartPolicy: "OnFailure",
      }),
    },
  });
}
