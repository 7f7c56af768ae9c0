import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-27";
import { pods } from "../../contract/index.ts";
import type { Instance } from "./instance.ts";
import { componentLabels } from "./labels.ts";
import { secretsDir } from "./paths.ts";
import { previousSecretKeyFile, secretKeySecrets } from "./secrets.ts";
import { supersetPod } from "./superset-pod.ts";

/** Encrypts what Superset stored anew, once for each name that is given; it may be repeated at any time. */
export function addSecretKeyRotation(chart: Chart, instance: Instance): void {
  if (instance.secretKeyRotation === undefined) return;
  new k8s.KubeJob(chart, "SecretKeyRotation", {
    metadata: {
      name: `${instance.name}-secret-key-${instance.secretKeyRotation}`,
      labels: componentLabels(instance, "migrate"),
    },
    spec: {
      backoffLimit: 2,
      activeDeadlineSeconds: 1800,
      ttlSecondsAfterFinished: 7 * 24 * 3600,
      template: supersetPod(instance, {
        component: "migrate",
        secretProviderClass: secretKeySecrets(instance),
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
