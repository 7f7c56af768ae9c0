import { ApiObject, type Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-33";
import { stringify } from "yaml";
import { platform, serviceAccounts, supersetLabels, supersetName, tokenServiceUser } from "../../contract/index.ts";
import type { ResolvedProps } from "./resolved-props.ts";
import type { MountedSecret } from "./superset-chart-props.ts";

export const previousSecretKeyFile = "previous-secret-key";
export const runtimeSecrets = `${supersetName}-runtime`;
export const initSecrets = `${supersetName}-init`;
export const secretKeySecrets = `${supersetName}-secret-key`;
export const tokenSecrets = `${supersetName}-tokens`;

/** Adds the classes by which secrets reach pods as files alone: no Kubernetes Secret, no environment variable. */
export function addSecrets(chart: Chart, instance: ResolvedProps): void {
  const files = platform.secretFiles;
  const runtime: [string, MountedSecret][] = [
    [files.secretKey, instance.secretKey],
    [files.metadataUser, instance.metadataUser],
    [files.analyticsReaderUser, instance.analyticsReaderUser],
    [files.analyticsAuthorUser, instance.analyticsAuthorUser],
    [files.claimsKey, instance.claimsKey],
    [files.cacheRedisPassword, instance.cacheRedisPassword],
    [files.brokerRedisPassword, instance.brokerRedisPassword],
    ["jwks.json", instance.jwks],
    ...tenantReaders(instance),
  ];
  addClass(chart, instance, "RuntimeSecrets", runtimeSecrets, runtime);
  addClass(chart, instance, "InitSecrets", initSecrets, [...runtime, [files.adminPassword, instance.adminPassword]]);
  if (instance.secretKeyRotation !== undefined) {
    addClass(chart, instance, "SecretKeySecrets", secretKeySecrets, [
      ...runtime,
      [previousSecretKeyFile, { ...instance.secretKey, versionStage: "AWSPREVIOUS" }],
    ]);
  }
  addClass(chart, instance, "TokenSecrets", tokenSecrets, [
    ["jwks.json", instance.jwks],
    ["signing-keys.json", instance.signingKeys],
    [tokenServiceUser.passwordFile, instance.trustStorePassword],
  ]);
  for (const [id, name] of Object.entries(serviceAccounts)) {
    new k8s.KubeServiceAccount(chart, `Account-${id}`, {
      metadata: { name, labels: supersetLabels(instance) },
      automountServiceAccountToken: false,
    });
  }
}

/** Returns the files with tenants' logins; each name ends in the tenant (ADR 9). */
function tenantReaders({ tenantDatabases = {} }: ResolvedProps): [string, MountedSecret][] {
  return Object.entries(tenantDatabases).flatMap(([tenant, { readerUser }]): [string, MountedSecret][] => [
    [`${platform.secretFiles.analyticsReaderUser}.${tenant}`, readerUser],
  ]);
}

type MountedVersion = MountedSecret & { readonly versionStage?: string };

function addClass(
  chart: Chart,
  instance: ResolvedProps,
  id: string,
  name: string,
  files: [string, MountedVersion][],
): void {
  new ApiObject(chart, id, {
    apiVersion: "secrets-store.csi.x-k8s.io/v1",
    kind: "SecretProviderClass",
    metadata: { name, labels: supersetLabels(instance) },
    spec: {
      provider: "aws",
      parameters: {
        region: instance.region,
        usePodIdentity: "true",
        objects: stringify(
          files.map(([file, secret]) => mountedObject(file, secret)),
          { lineWidth: 0 },
        ),
      },
    },
  });
}

function mountedObject(file: string, secret: MountedVersion): Record<string, unknown> {
  return {
    objectName: secret.objectName,
    objectType: "secretsmanager",
    ...(secret.versionStage !== undefined && { objectVersionLabel: secret.versionStage }),
    objectAlias: file,
  };
}
