import * as iam from "aws-cdk-lib/aws-iam";

/** The account and region of a stack. */
interface Home {
  readonly account: string;
  readonly region: string;
}

/**
 * Lets only roles of this account call through an endpoint: nobody carries data out with the keys of another account.
 */
export function callersOfAccount({ account }: Home): iam.PolicyStatement {
  return new iam.PolicyStatement({
    principals: [new iam.AnyPrincipal()],
    actions: ["*"],
    resources: ["*"],
    conditions: { StringEquals: { "aws:PrincipalAccount": account } },
  });
}

/**
 * Lets calls reach the buckets of this account, the one that ECR hands out image layers from, and the one where
 * kubectl's functions answer CloudFormation.
 */
export function reachableBuckets({ account, region }: Home): iam.PolicyStatement[] {
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
