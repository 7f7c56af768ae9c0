import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CfnResource, type Stack } from "aws-cdk-lib";
import * as kms from "aws-cdk-lib/aws-kms";
import * as s3 from "aws-cdk-lib/aws-s3";
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import { foreignRegions } from "../../lib/residency/foreign-region.ts";
import { refuseForeign } from "../../lib/residency/residency.ts";
import { environments, synthesise } from "../lib/synthesis.ts";
import { assemblyWith } from "./mutation.ts";

const zone = { residency: "AU", account: "111111111111" } as const;

function refused(region: string, add: (stack: Stack) => void, message: RegExp): void {
  assert.throws(() => refuseForeign(assemblyWith(region, add), zone), message);
}

describe("everything stays in the residency zone", () => {
  for (const [name, deployment] of Object.entries(environments)) {
    it(`holds for ${name}`, () => refuseForeign(synthesise(deployment).assembly, deployment));
  }

  it("accepts both regions of the zone", () => {
    for (const region of ["ap-southeast-2", "ap-southeast-4"]) {
      refuseForeign(
        assemblyWith(region, (stack) => new s3.CfnBucket(stack, "Bucket")),
        zone,
      );
    }
  });

  it("refuses a stack elsewhere", () => {
    refused("us-east-1", (stack) => new s3.CfnBucket(stack, "Bucket"), /Mutation: deploys to us-east-1/);
  });

  it("refuses a foreign region anywhere in a resource", () => {
    refused(
      "ap-southeast-2",
      (stack) =>
        new s3.CfnBucket(stack, "Bucket", {
          replicationConfiguration: {
            role: "arn:aws:iam::111111111111:role/replicate",
            rules: [{ status: "Enabled", destination: { bucket: "arn:aws:s3:::copy-eu-west-1" } }],
          },
        }),
      /names eu-west-1/,
    );
  });

  it("refuses a replicated secret, a multi-Region key and the public serverless repository", () => {
    refused(
      "ap-southeast-2",
      (stack) => new secretsmanager.CfnSecret(stack, "Secret", { replicaRegions: [{ region: "ap-southeast-4" }] }),
      /ReplicaRegions replicates the secret/,
    );
    refused(
      "ap-southeast-2",
      (stack) => new kms.CfnKey(stack, "Key", { keyPolicy: {}, multiRegion: true }),
      /MultiRegion/,
    );
    refused(
      "ap-southeast-2",
      (stack) => new CfnResource(stack, "App", { type: "AWS::Serverless::Application" }),
      /serverless repository/,
    );
  });

  const manifest = (image: string) => (stack: Stack) =>
    new CfnResource(stack, "Pod", {
      type: "Custom::AWSCDK-EKS-KubernetesResource",
      properties: { Manifest: JSON.stringify([{ kind: "Pod", spec: { containers: [{ image }] } }]) },
    });
  const digest = `sha256:${"a".repeat(64)}`;

  it("accepts an image of the account's own registry by digest", () => {
    const image = `111111111111.dkr.ecr.ap-southeast-2.amazonaws.com/homeroom/superset@${digest}`;
    refuseForeign(assemblyWith("ap-southeast-2", manifest(image)), zone);
  });

  for (const image of [
    "docker.io/apache/superset:6.1.0",
    "111111111111.dkr.ecr.ap-southeast-2.amazonaws.com/homeroom/superset:6.1.0",
    `999999999999.dkr.ecr.ap-southeast-2.amazonaws.com/homeroom/superset@${digest}`,
    `public.ecr.aws/homeroom/superset@${digest}`,
  ]) {
    it(`refuses the image ${image.slice(0, 70)}`, () => {
      refused("ap-southeast-2", manifest(image), /is not from the account's own ECR by digest/);
    });
  }

  it("knows regions by an allow-list", () => {
    assert.deepEqual(foreignRegions("ap-southeast-2 ap-southeast-4a us-gov-west-1 mx-central-1 ap-southeast-7", "AU"), [
      "us-gov-west-1",
      "mx-central-1",
      "ap-southeast-7",
    ]);
  });
});
