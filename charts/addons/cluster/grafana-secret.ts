import { grafanaSecret, monitoringNamespace, partOf } from "../../../contract/index.ts";
import { stringify } from "yaml";

/** Mounts the administrator's password of Grafana as a file; `objectName` is its name in Secrets Manager. */
export function grafanaSecretClass(objectName: string, region: string): object {
  return {
    apiVersion: "secrets-store.csi.x-k8s.io/v1",
    kind: "SecretProviderClass",
    metadata: {
      name: grafanaSecret.providerClass,
      namespace: monitoringNamespace,
      labels: partOf,
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
