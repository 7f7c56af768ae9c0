import { stringify } from "yaml";
import { grafanaSecret } from "../helm/releases.ts";

/** The administrator's password of Grafana as a mounted file; `objectName` is its name in Secrets Manager. */
export function grafanaSecretClass(objectName: string, region: string): object {
  return {
    apiVersion: "secrets-store.csi.x-k8s.io/v1",
    kind: "SecretProviderClass",
    metadata: {
      name: grafanaSecret.providerClass,
      namespace: "monitoring",
      labels: { "app.kubernetes.io/part-of": "homeroom" },
    },
    spec: {
      provider: "aws",
      parameters: {
        region,
        usePodIdentity: "true",
        objects: stringify([{ objectName, objectType: "secretsmanager", objectAlias: grafanaSecret.file }]),
      },
    },
  };
}
