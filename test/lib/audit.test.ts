import { describe, expect, it } from "@jest/globals";
import { Match } from "aws-cdk-lib/assertions";
import { refuseForeign } from "../../lib/checks/residency/residency.ts";
import { environments, synthesise } from "./synthesis.ts";

describe("audit", () => {
  const dev = synthesise(environments.dev).template("audit");

  it("has its own database, apart from Superset's", () => {
    dev.hasResourceProperties("AWS::RDS::DBInstance", {
      DBName: "homeroom_audit",
      StorageEncrypted: true,
      PubliclyAccessible: false,
    });
  });

  it("locks every archived object in compliance mode for the configured days", () => {
    dev.hasResourceProperties("AWS::S3::Bucket", {
      ObjectLockEnabled: true,
      ObjectLockConfiguration: {
        ObjectLockEnabled: "Enabled",
        Rule: { DefaultRetention: { Mode: "COMPLIANCE", Days: 30 } },
      },
      VersioningConfiguration: { Status: "Enabled" },
    });
    synthesise(environments.prod)
      .template("audit")
      .hasResourceProperties("AWS::S3::Bucket", {
        ObjectLockConfiguration: Match.objectLike({ Rule: { DefaultRetention: { Mode: "COMPLIANCE", Days: 2557 } } }),
      });
  });

  it("signs checkpoints with an elliptic key that can do nothing else", () => {
    dev.hasResourceProperties("AWS::KMS::Key", { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
  });

  it("closes its buckets to the public and to clear text", () => {
    dev.allResourcesProperties("AWS::S3::Bucket", {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    dev.allResourcesProperties("AWS::S3::BucketPolicy", {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
        ]),
      }),
    });
  });

  it("copies every version, with its lock and under the copy's key, within 15 minutes, and no delete marker", () => {
    dev.hasResourceProperties("AWS::S3::Bucket", {
      BucketName: "homeroom-dev-111111111111-audit-ap-southeast-2",
      ReplicationConfiguration: {
        Role: Match.anyValue(),
        Rules: [
          Match.objectLike({
            Status: "Enabled",
            Filter: { Prefix: "" },
            DeleteMarkerReplication: { Status: "Disabled" },
            SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: "Enabled" } },
            Destination: {
              Bucket: "arn:aws:s3:::homeroom-dev-111111111111-audit-copy-ap-southeast-2",
              EncryptionConfiguration: {
                ReplicaKmsKeyID: "arn:aws:kms:ap-southeast-4:111111111111:alias/homeroom-dev-audit-copy-ap-southeast-2",
              },
              ReplicationTime: { Status: "Enabled", Time: { Minutes: 15 } },
              Metrics: { Status: "Enabled", EventThreshold: { Minutes: 15 } },
            },
          }),
        ],
      },
    });
  });

  it("lets S3 alone replicate, out of the one bucket and into the other", () => {
    dev.hasResourceProperties("AWS::IAM::Role", {
      RoleName: "homeroom-dev-ap-southeast-2-audit-replication",
      AssumeRolePolicyDocument: Match.objectLike({
        Statement: [
          Match.objectLike({
            Principal: { Service: "s3.amazonaws.com" },
            Condition: { StringEquals: { "aws:SourceAccount": "111111111111" } },
          }),
        ],
      }),
    });
    dev.hasResourceProperties("AWS::IAM::Policy", {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: ["s3:ReplicateObject", "s3:ReplicateTags"],
            Resource: "arn:aws:s3:::homeroom-dev-111111111111-audit-copy-ap-southeast-2/*",
          }),
          Match.objectLike({
            Action: ["kms:Encrypt", "kms:GenerateDataKey"],
            Condition: Match.objectLike({
              "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/homeroom-dev-audit-copy-ap-southeast-2" },
            }),
          }),
        ]),
      }),
    });
  });

  it("keeps the copy in the second region behind the same lock and a key of its own", () => {
    const copy = synthesise(environments.prod).template("audit-copy");
    copy.hasResourceProperties("AWS::S3::Bucket", {
      BucketName: "homeroom-prod-222222222222-audit-copy-ap-southeast-2",
      ObjectLockConfiguration: Match.objectLike({ Rule: { DefaultRetention: { Mode: "COMPLIANCE", Days: 2557 } } }),
      LoggingConfiguration: Match.anyValue(),
    });
    copy.hasResourceProperties("AWS::KMS::Alias", { AliasName: "alias/homeroom-prod-audit-copy-ap-southeast-2" });
  });

  it("takes the second region from the zone", () => {
    const inFrankfurt = (arn: string): string => arn.replace("ap-southeast-2", "eu-central-1");
    const eu = synthesise({
      ...environments.prod,
      residency: "EU",
      regions: [
        {
          name: "eu-central-1",
          cidr: "10.30.0.0/16",
          availabilityZones: ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
        },
      ],
      edge: {
        ...environments.prod.edge,
        certificates: {
          mode: "private-ca",
          authorityArn:
            "arn:aws:acm-pca:eu-central-1:222222222222:certificate-authority/00000000-0000-0000-0000-000000000000",
        },
      },
      analyticsDatabases: environments.prod.analyticsDatabases.map(({ administrator, ...database }) => ({
        ...database,
        region: "eu-central-1",
        ...(administrator && {
          administrator: {
            ...administrator,
            secretArn: inFrankfurt(administrator.secretArn),
            keyArn: inFrankfurt(administrator.keyArn ?? ""),
          },
        }),
      })),
    });
    const regions = eu.stacks.filter(({ subject }) => /copy$/.test(subject)).map(({ name }) => name);
    expect(regions.sort()).toStrictEqual(["homeroom-prod-eu-west-1-audit-copy", "homeroom-prod-eu-west-1-backup-copy"]);
    refuseForeign(eu.assembly, { ...environments.prod, residency: "EU", regions: [{ name: "eu-central-1" }] });
  });
});
