import { describe, expect, it } from "@jest/globals";
import { CfnResource } from "aws-cdk-lib";
import { refuseUnsafe } from "../../lib/checks/safety/safety.ts";
import { environments, synthesise } from "../lib/synthesis.ts";
import { whole } from "../lib/whole.ts";
import { assemblyWith } from "./mutation.ts";

interface Properties {
  readonly [name: string]: unknown;
}

function refused(type: string, properties: Properties, message: RegExp): void {
  const assembly = assemblyWith("ap-southeast-2", (stack) => new CfnResource(stack, "Mutated", { type, properties }));
  expect(() => refuseUnsafe(assembly)).toThrow(message);
}

describe("no protection is off where linters would let it pass", () => {
  for (const [name, deployment] of Object.entries({ ...environments, whole })) {
    it(`holds for ${name}`, () => refuseUnsafe(synthesise(deployment).assembly));
  }

  const closed = {
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
  };
  const evidence = { BucketName: "homeroom-dev-1-audit-x", PublicAccessBlockConfiguration: closed };

  it("refuses evidence without Object Lock, or with one that an administrator can lift", () => {
    refused("AWS::S3::Bucket", evidence, /Object Lock is off/);
    refused(
      "AWS::S3::Bucket",
      {
        ...evidence,
        ObjectLockEnabled: true,
        ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: "GOVERNANCE", Days: 30 } } },
      },
      /not in compliance mode/,
    );
  });

  it("refuses a database and a plan that keep no backups", () => {
    refused("AWS::RDS::DBInstance", { PubliclyAccessible: false, BackupRetentionPeriod: 0 }, /less than 7 days/);
    refused("AWS::RDS::DBInstance", { PubliclyAccessible: false }, /less than 7 days/);
    refused("AWS::Backup::BackupPlan", { BackupPlan: { BackupPlanRule: [{ RuleName: "x" }] } }, /less than 7 days/);
    const lifecycle = { Lifecycle: { DeleteAfterDays: 1 } };
    refused("AWS::Backup::BackupPlan", { BackupPlan: { BackupPlanRule: [lifecycle] } }, /less than 7 days/);
  });

  it("refuses a key whose usage does not fit it", () => {
    refused("AWS::KMS::Key", { KeySpec: "ECC_NIST_P256", KeyUsage: "ENCRYPT_DECRYPT" }, /does not fit ECC_NIST_P256/);
    refused("AWS::KMS::Key", { KeyUsage: "SIGN_VERIFY" }, /does not fit SYMMETRIC_DEFAULT/);
  });

  it("refuses to encrypt with a key that can only sign", () => {
    const assembly = assemblyWith("ap-southeast-2", (stack) => {
      const key = new CfnResource(stack, "Signs", {
        type: "AWS::KMS::Key",
        properties: { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" },
      });
      new CfnResource(stack, "Topic", {
        type: "AWS::SNS::Topic",
        properties: { KmsMasterKeyId: key.getAtt("Arn") },
      });
    });
    expect(() => refuseUnsafe(assembly)).toThrow(/Topic \(AWS::SNS::Topic\): encrypts with Signs/);
  });

  it("refuses a function whose environment Lambda would refuse in the middle of a deploy", () => {
    const variables = (length: number) => ({ Environment: { Variables: { HOMEROOM_ISSUERS: "x".repeat(length) } } });
    refused("AWS::Lambda::Function", variables(5000), /its environment has 5016 bytes, and Lambda takes 4096/);
    const small = assemblyWith(
      "ap-southeast-2",
      (stack) => new CfnResource(stack, "Small", { type: "AWS::Lambda::Function", properties: variables(4000) }),
    );
    refuseUnsafe(small);
  });
});
