import { createHash } from "node:crypto";
import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-33";
import { componentLabels, pods, supersetName } from "../../contract/index.ts";
import { imageDigest } from "./image-digest.ts";
import type { ResolvedProps } from "./resolved-props.ts";
import { dashboardsDir } from "./paths.ts";
import { initSecrets } from "./secrets.ts";
import { supersetPod } from "./superset-pod.ts";

/**
 * Brings the database to the image's schema and provisions roles and dashboards, once per image.
 * A Job's template is immutable, so another image or another template is another Job; to run twice on one schema changes nothing.
 */
export function addMigrate(chart: Chart, instance: ResolvedProps): void {
  const labels = componentLabels(instance, "migrate");
  const template = supersetPod(instance, {
    component: "migrate",
    secretProviderClass: initSecrets,
    command: ["sh", "-c", `superset db upgrade && exec python -m homeroom_superset.content ${dashboardsDir}`],
    terminationGracePeriodSeconds: 120,
    resources: pods.requests.migrate,
    waitsForSchema: false,
    restartPolicy: "OnFailure",
  });
  const digest = (imageDigest(instance.image) ?? "").slice(0, 12);
  const shape = createHash("sha256").update(JSON.stringify(template)).digest("hex").slice(0, 8);
  new k8s.KubeJob(chart, "Migrate", {
    metadata: { name: `${supersetName}-migrate-${digest}-${shape}`, labels },
    spec: {
      backoffLimit: 4,
      activeDeadlineSeconds: 1800,
      ttlSecondsAfterFinished: 7 * 24 * 3600,
      template,
    },
  });
}
