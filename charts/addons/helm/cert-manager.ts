import { partOf } from "../../../contract/index.ts";
import { type MirroredImage, pinned } from "./chart-source.ts";

export interface CertManagerValuesProps {
  readonly controller: MirroredImage;
  readonly webhook: MirroredImage;
  readonly cainjector: MirroredImage;
  readonly startupapicheck: MirroredImage;
  readonly replicas: number;
}

/** Values for cert-manager 1.21.1. DNS-01 by Pod Identity needs ambient credentials, which ClusterIssuers alone get. */
export function certManagerValues(props: CertManagerValuesProps): Record<string, unknown> {
  const part = (name: "controller" | "webhook" | "cainjector" | "startupapicheck"): Record<string, unknown> => ({
    image: { ...pinned(props[name], `certManagerValues.${name}`) },
  });
  const replicated = {
    replicaCount: props.replicas,
    podDisruptionBudget: { enabled: props.replicas > 1, maxUnavailable: 1 },
  };
  return {
    crds: { enabled: true, keep: true },
    global: { leaderElection: { namespace: "cert-manager" } },
    ...part("controller"),
    ...replicated,
    extraArgs: [
      "--cluster-issuer-ambient-credentials=true",
      "--issuer-ambient-credentials=false",
      // Else it asks the zone's name servers themselves whether a record has spread, past the cluster's DNS and its allow-list.
      "--dns01-recursive-nameservers-only=true",
    ],
    webhook: { ...part("webhook"), ...replicated },
    cainjector: { ...part("cainjector"), ...replicated },
    startupapicheck: part("startupapicheck"),
    prometheus: { enabled: true, servicemonitor: { enabled: true } },
  };
}

export interface ClusterIssuerProps {
  readonly name: string;
  readonly region: string;
  readonly hostedZoneId: string;
  readonly acmeServer: string;
  readonly email: string;
}

/**
 * Returns the issuer that asks Let's Encrypt. It publishes the host names in transparency logs;
 * `aws-privateca-issuer` is the choice where tenant names are confidential.
 */
export function dns01ClusterIssuer(props: ClusterIssuerProps): Record<string, unknown> {
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "ClusterIssuer",
    metadata: { name: props.name, labels: partOf },
    spec: {
      acme: {
        server: props.acmeServer,
        email: props.email,
        privateKeySecretRef: { name: `${props.name}-account` },
        solvers: [{ dns01: { route53: { region: props.region, hostedZoneID: props.hostedZoneId } } }],
      },
    },
  };
}
