import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AssetHashType, Duration } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import type * as kms from "aws-cdk-lib/aws-kms";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import * as sqs from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { buildSync } from "esbuild";
import { encryptsLog } from "./log-key.ts";
import { acknowledge, inlinePolicy, managedPolicy } from "../checks/findings/acknowledge.ts";
import type { Naming } from "../naming.ts";

/** Props that every rotation takes from its stack. */
export interface RotationProps {
  readonly naming: Naming;
  /** The name of the log group, and the beginning of the names of the alarms. */
  readonly name: string;
  readonly vpc: ec2.IVpc;
  readonly key: kms.IKey;
  readonly logDays: logs.RetentionDays;
}

export interface RotationFunctionProps extends RotationProps {
  /** The source file, as a path below the repository's root. */
  readonly entry: string;
  readonly description: string;
  /** Files beside the code, text by name. An environment holds 4 KB, and two certificates are more. @default none */
  readonly files?: Readonly<Record<string, string>>;
  readonly environment: Record<string, string>;
}

/** The names by which alarms watch a rotation. */
export interface WatchedRotation {
  /** The beginning of the names of its alarms. */
  readonly name: string;
  readonly functionName: string;
  readonly deadLetterQueueName: string;
}

/** The folder in which Lambda puts the code of a function. */
export const codeFolder = "/var/task";

const repository = fileURLToPath(new URL("../../", import.meta.url));

/** A function that Secrets Manager calls for each step of a rotation: one run at a time, inside the VPC. */
export class RotationFunction extends Construct {
  readonly function: lambda.Function;
  readonly securityGroup: ec2.SecurityGroup;
  readonly watched: WatchedRotation;

  constructor(scope: Construct, id: string, props: RotationFunctionProps) {
    super(scope, id);
    const { vpc } = props;
    const deadLetters = new sqs.Queue(this, "DeadLetters", {
      encryption: sqs.QueueEncryption.KMS,
      encryptionMasterKey: props.key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.securityGroup = new ec2.SecurityGroup(this, "Outbound", {
      vpc,
      description: props.description,
      allowAllOutbound: false,
    });
    this.function = new lambda.Function(this, "Function", {
      code: bundle(props.entry, props.files ?? {}),
      handler: "index.handler",
      description: props.description,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.minutes(2),
      reservedConcurrentExecutions: 1,
      deadLetterQueue: deadLetters,
      logGroup: log(scope, props),
      vpc,
      vpcSubnets: { subnetGroupName: "workload" },
      securityGroups: [this.securityGroup],
      environment: props.environment,
    });
    this.function.connections.allowToAnyIpv4(ec2.Port.tcp(443), "Secrets Manager and KMS endpoints");
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
    this.watched = {
      name: props.name,
      functionName: this.function.functionName,
      deadLetterQueueName: deadLetters.queueName,
    };
  }
}

function log(scope: Construct, { naming, name, key, logDays }: RotationProps): logs.LogGroup {
  const logGroupName = naming.logGroup(name);
  encryptsLog(key, logGroupName);
  return new logs.LogGroup(scope, `Log-${name}`, { logGroupName, retention: logDays, encryptionKey: key });
}

/** Bundles one ES module with everything in it. CDK's own bundling starts npx for each function, half a second each. */
function bundle(entry: string, files: Readonly<Record<string, string>>): lambda.Code {
  const tryBundle = (folder: string): true => {
    buildSync({
      absWorkingDir: repository,
      entryPoints: [entry],
      outfile: join(folder, "index.mjs"),
      bundle: true,
      platform: "node",
      target: "node24",
      format: "esm",
      minify: true,
      // The log of a failure names the class of its error.
      keepNames: true,
      sourcemap: true,
      external: ["pg-native"],
      // Bundled CommonJS dependencies call require, which an ES module does not have.
      banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
      logLevel: "warning",
    });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return true;
  };
  return lambda.Code.fromAsset(repository, {
    assetHashType: AssetHashType.OUTPUT,
    // CDK bundles once per folder and options; without these every function would get the first one's code and files.
    bundling: {
      image: lambda.Runtime.NODEJS_24_X.bundlingImage,
      local: { tryBundle },
      environment: { ENTRY: entry, ...files },
    },
  });
}
