import { partOf } from "../../../contract/index.ts";
import { type MirroredImage, pinned } from "./chart-source.ts";

/** Values for aws-privateca-issuer 1.9.0, which signs with a private CA in the region. */
export function privateCaValues(image: MirroredImage, replicas: number): Record<string, unknown> {
  const { repository, digest } = pinned(image, "privateCaValues.image");
  return {
    image: { repository, tag: `pinned@${digest}` },
    replicaCount: replicas,
    serviceAccount: { create: true, name: "aws-privateca-issuer" },
    podSecurityContext: { runAsUser: 65532, runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
  };
}

export interface PrivateCaIssuerProps {
  readonly name: string;
  readonly region: string;
  readonly authorityArn: string;
}

export function privateCaClusterIssuer(props: PrivateCaIssuerProps): Record<string, unknown> {
  return {
    apiVersion: "awspca.cert-manager.io/v1beta1",
    kind: "AWSPCAClusterIssuer",
    metadata: { name: props.name, labels: partOf },
    spec: { arn: props.authorityArn, region: props.region },
  };
}
