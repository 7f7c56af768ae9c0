import { describe, expect, it } from "@jest/globals";
import { CfnOutput, CfnResource, type Stack } from "aws-cdk-lib";
import * as backup from "aws-cdk-lib/aws-backup";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as kms from "aws-cdk-lib/aws-kms";
import * as s3 from "aws-cdk-lib/aws-s3";
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import { foreignRegions } from "../../lib/config/schema/zones.ts";
import { refuseForeign } from "../../lib/checks/residency/residency.ts";
import { environments, synthesise } from "../lib/synthesis.ts";
import { whole } from "../lib/whole.ts";
import { assemblyWith } from "./mutation.ts";

const sydney = { name: "ap-southeast-2", availabilityZones: [], cidr: "10.20.0.0/16" };
const zone = { residency: "AU", account: "111111111111", environment: "dev", regions: [sydney] } as const;
const copy = "homeroom-dev-111111111111-audit-copy-ap-southeast-2";

function refused(region: string, add: (stack: Stack) => void, message: RegExp): void {
  expect(() => refuseForeign(assemblyWith(region, add), zone)).toThrow(message);
}

describe("everything stays in the residency zone", () => {
  for (const [name, deployment] of Object.entries({ ...environments, whole })) {
    it(`holds for ${name}`, () => refuseForeign(synthesise(deployment).assembly, deployment));
  }

  it("keeps the second region for the two stacks with copies", () => {
    const { stacks } = synthesise(environments.prod);
    const there = stacks.filter(({ name }) => name.includes("ap-southeast-4")).map(({ subject }) => subject);
    expect(there.sort()).toStrictEqual(["audit-copy", "backup-copy"]);
    refused(
      "ap-southeast-4",
      (stack) => new s3.CfnBucket(stack, "Bucket"),
      /Mutation: deploys to ap-southeast-4, which holds copies only/,
    );
  });

  it("serves from the second region when configuration says so", () => {
    const melbourne = { ...sydney, name: "ap-southeast-4" };
    refuseForeign(
      assemblyWith("ap-southeast-4", (stack) => new s3.CfnBucket(stack, "Bucket")),
      { ...zone, regions: [sydney, melbourne] },
    );
  });

  const replicating = (bucket: string) => (stack: Stack) =>
    new s3.CfnBucket(stack, "Bucket", {
      replicationConfiguration: {
        role: "arn:aws:iam::111111111111:role/replicate",
        rules: [{ status: "Enabled", destination: { bucket: `arn:aws:s3:::${bucket}` } }],
      },
    });
  const backingUp = (vault: string) => (stack: Stack) =>
    new backup.CfnBackupPlan(stack, "Plan", {
      backupPlan: {
        backupPlanName: "plan",
        backupPlanRule: [
          {
            ruleName: "rule",
            targetBackupVault: "vault",
            copyActions: [
              { destinationBackupVaultArn: `arn:aws:backup:ap-southeast-4:111111111111:backup-vault:${vault}` },
            ],
          },
        ],
      },
    });

  it("lets the audit archive and the backups alone be copied, to the one bucket and the one vault", () => {
    refuseForeign(assemblyWith("ap-southeast-2", replicating(copy)), zone);
    refuseForeign(assemblyWith("ap-southeast-2", backingUp("homeroom-dev-copies-ap-southeast-2")), zone);
    refused("ap-southeast-2", replicating("another-bucket"), /copies to "arn:aws:s3:::another-bucket"/);
    refused("ap-southeast-2", backingUp("another-vault"), /copies to ".*another-vault"/);
  });

  it("refuses a stack elsewhere", () => {
    refused("us-east-1", (stack) => new s3.CfnBucket(stack, "Bucket"), /Mutation: deploys to us-east-1/);
  });

  it("refuses a foreign region anywhere in a resource", () => {
    refused("ap-southeast-2", replicating("copy-eu-west-1"), /names eu-west-1/);
    refused(
      "ap-southeast-2",
      (stack) =>
        new ec2.CfnVPCEndpoint(stack, "Endpoint", {
          vpcId: "vpc-1",
          serviceName: "com.amazonaws.us-east-1.bedrock-runtime",
        }),
      /Endpoint \(AWS::EC2::VPCEndpoint\): names us-east-1/,
    );
  });

  it("refuses a replica of a database and of Redis, and copied images", () => {
    refused(
      "ap-southeast-2",
      (stack) =>
        new CfnResource(stack, "Replica", {
          type: "AWS::RDS::DBInstance",
          properties: { SourceRegion: "ap-southeast-4" },
        }),
      /SourceRegion reads a database of another region/,
    );
    for (const type of [
      "AWS::RDS::GlobalCluster",
      "AWS::ElastiCache::GlobalReplicationGroup",
      "AWS::ECR::ReplicationConfiguration",
    ]) {
      refused("ap-southeast-2", (stack) => new CfnResource(stack, "Copy", { type }), new RegExp(type));
    }
  });

  it("refuses a model profile that may answer from elsewhere", () => {
    const model = (id: string) => (stack: Stack) =>
      new CfnResource(stack, "Function", {
        type: "AWS::Lambda::Function",
        properties: { Environment: { Variables: { MODEL: id } } },
      });
    for (const id of ["apac.anthropic.claude-sonnet-4-v1:0", "global.amazon.nova-pro-v1:0", "us.meta.llama4-v1:0"]) {
      refused("ap-southeast-2", model(id), new RegExp(`model ${id}`));
    }
    for (const id of ["au.anthropic.claude-sonnet-4-v1:0", "anthropic.claude-sonnet-4-v1:0"]) {
      refuseForeign(assemblyWith("ap-southeast-2", model(id)), zone);
    }
  });

  const referring = (reference: object) => (stack: Stack) =>
    new CfnResource(stack, "Reader", {
      type: "AWS::SNS::Topic",
      properties: { DisplayName: { "Fn::GetStackOutput": reference } },
    });

  it("refuses a reference that no output answers, and one into another region", () => {
    refused("ap-southeast-2", referring({ StackName: "gone", OutputName: "Id" }), /there is no such stack/);
    refused("ap-southeast-2", referring({ StackName: "Mutation", OutputName: "Id" }), /the stack has no such output/);
    refused(
      "ap-southeast-2",
      (stack) => {
        new CfnOutput(stack, "Id", { value: "x" });
        referring({ StackName: "Mutation", OutputName: "Id", Region: "ap-southeast-4" })(stack);
      },
      /it is in another region/,
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
    "docker.io/apache/superset:tag",
    "111111111111.dkr.ecr.ap-southeast-2.amazonaws.com/homeroom/superset:tag",
    `999999999999.dkr.ecr.ap-southeast-2.amazonaws.com/homeroom/superset@${digest}`,
    `public.ecr.aws/homeroom/superset@${digest}`,
  ]) {
    it(`refuses the image ${image.slice(0, 70)}`, () => {
      refused("ap-southeast-2", manifest(image), /is not from the account's own ECR by digest/);
    });
  }

  it("knows regions by an allow-list", () => {
    expect(
      foreignRegions("ap-southeast-2 ap-southeast-4a us-gov-west-1 mx-central-1 ap-southeast-7", "AU"),
    ).toStrictEqual(["us-gov-west-1", "mx-central-1", "ap-southeast-7"]);
  });
});
