import * as iam from "aws-cdk-lib/aws-iam";

interface Place {
  readonly account: string;
  readonly region: string;
}

/** Through an endpoint of ours only roles of ours call: nobody carries data out with the keys of another account. */
export function ownCallers({ account }: Place): iam.PolicyStatement {
  return new iam.PolicyStatement({
    principals: [new iam.AnyPrincipal()],
    actions: ["*"],
    resources: ["*"],
    conditions: { StringEquals: { "aws:PrincipalAccount": account } },
  });
}

/** Buckets of this account, the one that ECR hands out image layers from, and the one where kubectl's functions answer CloudFormation. */
export function ownBuckets({ account, region }: Place): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      principals: [new iam.AnyPrincipal()],
      actions: ["s3:*"],
      resources: ["*"],
      conditions: { StringEquals: { "aws:ResourceAccount": account, "aws:PrincipalAccount": account } },
    }),
    new iam.PolicyStatement({
      principals: [new iam.AnyPrincipal()],
      actions: ["s3:GetObject"],
      resources: [`arn:aws:s3:::prod-${region}-starport-layer-bucket/*`],
    }),
    new iam.PolicyStatement({
      principals: [new iam.AnyPrincipal()],
      actions: ["s3:PutObject"],
      resources: [`arn:aws:s3:::cloudformation-custom-resource-response-${region.replaceAll("-", "")}/*`],
    }),
  ];
}
