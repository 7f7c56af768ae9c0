import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import * as logs from "aws-cdk-lib/aws-logs";
import type * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import platform from "../../contract/platform.json" with { type: "json" };
import type { Identity } from "../config/identity.ts";
import type { Naming } from "../naming.ts";
import { GeneratedSecret, type GeneratedSecretProps } from "../blocks/generated-secret.ts";
import { SigningKeyRotation } from "./signing-key-rotation.ts";

export interface IdentityStackProps extends StackProps {
  readonly naming: Naming;
  readonly identity: Identity;
  readonly vpc: ec2.IVpc;
  readonly logDays: logs.RetentionDays;
}

/** Secrets of our own making. Pods mount them by name; nothing here is ever exported as a value. */
export class IdentityStack extends Stack {
  readonly key: kms.Key;
  readonly rotation: SigningKeyRotation;
  readonly secrets: readonly secretsmanager.Secret[];

  constructor(scope: Construct, id: string, props: IdentityStackProps) {
    super(scope, id, props);
    const { naming, identity } = props;
    this.key = new kms.Key(this, "Key", {
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
      description: "Signing keys, Superset's secret key and database users",
    });
    const secret = (
      constructId: string,
      secretName: string,
      description: string,
      rest: Pick<GeneratedSecretProps, "rotatedBy" | "beside"> = {},
    ): GeneratedSecret => new GeneratedSecret(this, constructId, { secretName, description, key: this.key, ...rest });
    const user = (constructId: string, file: string, role: string): GeneratedSecret =>
      secret(constructId, naming.secret(file), `Login of ${role}`, {
        rotatedBy: "an operator with the runbook, in the database first",
        beside: { engine: "postgres", username: `${role}${platform.loginSuffixes[0]}` },
      });

    const jwks = secret("Jwks", naming.jwksSecret, "JWKS of verification keys", {
      rotatedBy: "the rotation of the signing keys, which writes it; it holds public keys only",
    });
    const signingKeys = secret("SigningKeys", naming.signingKeysSecret, "Private keys that sign tokens, by kid");
    const { secretFiles, roles } = platform;
    this.secrets = [
      secret("SecretKey", naming.secret(secretFiles.secretKey), "Superset's SECRET_KEY", {
        rotatedBy: "a job that re-encrypts what Superset stored with it; a silent change would lose those values",
      }),
      secret("AdminPassword", naming.secret(secretFiles.adminPassword), "First administrator of Superset", {
        rotatedBy: "an operator: it opens the first account once, which then has a password of its own",
      }),
      user("MetadataUser", secretFiles.metadataUser, roles.metadata),
      user("ReaderUser", secretFiles.analyticsReaderUser, roles.analyticsReader),
      user("AuthorUser", secretFiles.analyticsAuthorUser, roles.analyticsAuthor),
      secret(
        "ClaimsKey",
        naming.secret(secretFiles.claimsKey),
        "Signs each query's claims for the analytics database",
        {
          rotatedBy: "an operator: `homeroom policy apply` accepts the old and the new key while Superset changes over",
        },
      ),
      user("AuditWriterUser", "audit-writer-user", roles.auditWriter),
      user("AuditReaderUser", "audit-reader-user", roles.auditReader),
      jwks,
      signingKeys,
    ];
    this.rotation = new SigningKeyRotation(this, "SigningKeyRotation", {
      vpc: props.vpc,
      key: this.key,
      identity,
      logGroup: this.#rotationLog(props),
      jwks,
      signingKeys,
    });
  }

  #rotationLog({ naming, logDays }: IdentityStackProps): logs.LogGroup {
    const logGroupName = naming.logGroup("signing-key-rotation");
    this.key.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal(`logs.${this.region}.amazonaws.com`)],
        actions: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        resources: ["*"],
        conditions: {
          ArnEquals: {
            "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${this.region}:${this.account}:log-group:${logGroupName}`,
          },
        },
      }),
    );
    return new logs.LogGroup(this, "RotationLog", { logGroupName, retention: logDays, encryptionKey: this.key });
  }
}
