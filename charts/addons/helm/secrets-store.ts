import { type MirroredImage, pinned } from "./chart-source.ts";

export interface SecretsStoreImages {
  readonly driver: MirroredImage;
  readonly crds: MirroredImage;
  readonly registrar: MirroredImage;
  readonly livenessProbe: MirroredImage;
}

/** Values for the Secrets Store CSI driver 1.5.6: files only, never a Kubernetes Secret. */
export function secretsStoreValues(images: SecretsStoreImages, refreshMinutes: number): Record<string, unknown> {
  return {
    linux: {
      image: tagged(images.driver, "driver"),
      crds: { enabled: true, image: tagged(images.crds, "crds") },
      registrarImage: tagged(images.registrar, "registrar"),
      livenessProbeImage: tagged(images.livenessProbe, "livenessProbe"),
    },
    windows: { enabled: false },
    syncSecret: { enabled: false },
    enableSecretRotation: true,
    rotationPollInterval: `${refreshMinutes}m`,
    // Who mounts is told to the provider by a token of the pod's own account; this audience is Pod Identity's.
    tokenRequests: [{ audience: "sts.amazonaws.com" }, { audience: "pods.eks.amazonaws.com" }],
  };
}

/** Values for the AWS provider of the driver, chart 2.1.1. */
export function secretsStoreAwsValues(image: MirroredImage): Record<string, unknown> {
  return {
    image: tagged(image, "provider"),
    "secrets-store-csi-driver": { install: false },
    securityContext: { privileged: false, allowPrivilegeEscalation: false },
    tolerations: [{ operator: "Exists" }],
  };
}

/** Gives an image a tag before its digest: both charts join repository and tag with a colon. */
function tagged(image: MirroredImage, part: string): { repository: string; tag: string } {
  const { repository, digest } = pinned(image, `secretsStoreValues.${part}`);
  return { repository, tag: `pinned@${digest}` };
}
