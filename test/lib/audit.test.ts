import { describe, it } from "node:test";
import { Match } from "aws-cdk-lib/assertions";
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
        ObjectLockConfiguration: Match.objectLike({ Rule: { DefaultRetention: { Mode: "COMPLIANCE", Days: 2555 } } }),
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
});
