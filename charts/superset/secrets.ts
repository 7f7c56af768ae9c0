import { ApiObject, type Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-27";
import { stringify } from "yaml";
import { platform, tokenServiceUser } from "../../contract/index.ts";
import type { Instance } from "./instance.ts";
import { instanceLabels } from "./labels.ts";
import type { MountedSecret } from "./superset-chart-props.ts";

export const previousSecretKeyFile = "previous-secret-key";
export const runtimeSecrets = (instance: Instance): string => `${instance.name}-runtime`;
export const initSecrets = (instance: Instance): string => `${instance.name}-init`;
export const secretKeySecrets = (instance: Instance): string => `${instance.name}-secret-key`;
export const tokenSecrets = (instance: Instance): string => `${instance.name}-tokens`;

/** One account per set of secrets; Pod Identity associations name them. */
export function serviceAccountNames(instance: Pick<Instance, "name">): {
  app: string;
  migrate: string;
  tokens: string;
} {
  return { app: `${instance.name}-app`, migrate: `${instance.name}-migrate`, tokens: `${instance.name}-tokens` };
}

/** Secrets reach pods as files alone: no Kubernetes Secret, no environment variable. */
export function addSecrets(chart: Chart, instance: Instance): void {
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
  addClass(chart, instance, "RuntimeSecrets", runtimeSecrets(instance), runtime);
  addClass(chart, instance, "InitSecrets", initSecrets(instance), [
    ...runtime,
    [files.adminPassword, instance.adminPassword],
  ]);
  if (instance.secretKeyRotation !== undefined) {
    addClass(chart, instance, "SecretKeySecrets", secretKeySecrets(instance), [
      ...runtime,
      [previousSecretKeyFile, { ...instance.secretKey, versionStage: "AWSPREVIOUS" }],
    ]);
  }
  addClass(chart, instance, "TokenSecrets", tokenSecrets(instance), [
    ["jwks.json", instance.jwks],
    ["signing-keys.json", instance.signingKeys],
    [tokenServiceUser.passwordFile, instance.trustStorePassword],
  ]);
  for (const [id, name] of Object.entries(serviceAccountNames(instance))) {
    new k8s.KubeServiceAccount(chart, `Account-${id}`, {
      metadata: { name, labels: instanceLabels(instance) },
      automountServiceAccountToken: false,
    });
  }
}

/** The file of a tenant's own login ends in the tenant (ADR 9). */
function tenantReaders({ tenantDatabases = {} }: Instance): [string, MountedSecret][] {
  return Object.entries(tenantDatabases).flatMap(([tenant, { readerUser }]): [string, MountedSecret][] => [
    [`${platform.secretFiles.analyticsReaderUser}.${tenant}`, readerUser],
  ]);
}

type MountedVersion = MountedSecret & { readonly versionStage?: string };

function addClass(chart: Chart, instance: Instance, id: string, name: string, files: [string, MountedVersion][]): void {
  new ApiObject(chart, id, {
    apiVersion: "secrets-store.csi.x-k8s.io/v1",
    kind: "SecretProviderClass",
    metadata: { name, labels: instanceLabels(instance) },
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
  const base = {
    objectName: secret.objectName,
    objectType: "secretsmanager",
    ...(secret.versionStage !== undefined && { objectVersionLabel: secret.versionStage }),
  };
  if (secret.jsonKey === undefined) return { ...base, objectAlias: file };
  // The provider also writes the whole secret; its alias keeps one secret that feeds two files from colliding.
  return { ...base, objectAlias: `${file}.secret`, jmesPath: [{ path: `"${secret.jsonKey}"`, objectAlias: file }] };
}
