import * as iam from "aws-cdk-lib/aws-iam";
import type { Edge } from "../config/schema/edge.ts";

/** Proves a domain by TXT records of one zone; no other record can be changed, and no zone can be looked up. */
export function provesDomain(hostedZoneId: string): iam.PolicyStatement[] {
  const zone = `arn:aws:route53:::hostedzone/${hostedZoneId}`;
  return [
    new iam.PolicyStatement({ actions: ["route53:GetChange"], resources: ["arn:aws:route53:::change/*"] }),
    new iam.PolicyStatement({ actions: ["route53:ListResourceRecordSets"], resources: [zone] }),
    new iam.PolicyStatement({
      actions: ["route53:ChangeResourceRecordSets"],
      resources: [zone],
      conditions: { "ForAllValues:StringEquals": { "route53:ChangeResourceRecordSetsRecordTypes": ["TXT"] } },
    }),
  ];
}

export function signsCertificates(
  certificates: Extract<Edge["certificates"], { mode: "private-ca" }>,
): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      actions: ["acm-pca:DescribeCertificateAuthority", "acm-pca:GetCertificate", "acm-pca:IssueCertificate"],
      resources: [certificates.authorityArn],
    }),
  ];
}
