import { fileURLToPath } from "node:url";
import { Duration } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import type * as kms from "aws-cdk-lib/aws-kms";
import * as lambda from "aws-cdk-lib/aws-lambda";
import { NodejsFunction, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import type * as logs from "aws-cdk-lib/aws-logs";
import type * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import * as sqs from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { acknowledge, inlinePolicy, managedPolicy } from "../findings/acknowledge.ts";
import type { Identity } from "../config/identity.ts";

export interface SigningKeyRotationProps {
  readonly vpc: ec2.IVpc;
  readonly key: kms.IKey;
  readonly logGroup: logs.ILogGroup;
  readonly identity: Identity;
  readonly jwks: secretsmanager.Secret;
  readonly signingKeys: secretsmanager.Secret;
}

const repository = fileURLToPath(new URL("../../", import.meta.url));

/** Publishes the next public key before anyone signs with it. One run at a time. */
export class SigningKeyRotation extends Construct {
  readonly function: NodejsFunction;
  readonly deadLetters: sqs.Queue;

  constructor(scope: Construct, id: string, props: SigningKeyRotationProps) {
    super(scope, id);
    const { identity, signingKeys, jwks, key, vpc } = props;
    const schedule = identity.signingKeys;
    this.deadLetters = new sqs.Queue(this, "DeadLetters", {
      encryption: sqs.QueueEncryption.KMS,
      encryptionMasterKey: key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.function = new NodejsFunction(this, "Function", {
      entry: `${repository}runtime/tokens/rotate-signing-key.lambda.ts`,
      projectRoot: repository,
      depsLockFilePath: `${repository}package-lock.json`,
      description: "Rotates the RS256 signing keys of every issuer",
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.minutes(2),
      reservedConcurrentExecutions: 1,
      deadLetterQueue: this.deadLetters,
      logGroup: props.logGroup,
      vpc,
      vpcSubnets: { subnetGroupName: "workload" },
      securityGroups: [
        new ec2.SecurityGroup(this, "Outbound", {
          vpc,
          description: "Rotation of signing keys: TLS to endpoints only",
          allowAllOutbound: false,
        }),
      ],
      environment: {
        HOMEROOM_JWKS_SECRET: jwks.secretArn,
        HOMEROOM_ISSUERS: JSON.stringify(identity.issuers.map(({ url, tenants }) => ({ iss: url, tenants }))),
        HOMEROOM_ACTIVATE_AFTER_SECONDS: String(schedule.activateAfterMinutes * 60),
        HOMEROOM_RETIRE_AFTER_SECONDS: String(schedule.retireAfterMinutes * 60),
      },
      bundling: {
        format: OutputFormat.ESM,
        target: "node24",
        minify: true,
        sourceMap: true,
        bundleAwsSDK: true,
        forceDockerBundling: false,
        // Bundled CommonJS dependencies call require, which an ES module does not have.
        banner: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
      },
    });
    this.function.connections.allowToAnyIpv4(ec2.Port.tcp(443), "Secrets Manager and KMS endpoints");
    jwks.grantRead(this.function);
    jwks.grantWrite(this.function);
    acknowledge(this.function, {
      reason: "The two policies let the function write its log and stand in the VPC, as Lambda requires",
      solutions: ["AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole"].map((name) =>
        managedPolicy(`service-role/${name}`),
      ),
    });
    acknowledge(this.function, {
      reason: "CDK adds GetRandomPassword, which names no resource and reveals nothing",
      solutions: ["IAM5[Resource::*]"],
    });
    acknowledge(this.function, inlinePolicy);
    signingKeys.addRotationSchedule("Rotation", {
      rotationLambda: this.function,
      automaticallyAfter: Duration.days(schedule.rotateEveryDays),
    });
  }
}
