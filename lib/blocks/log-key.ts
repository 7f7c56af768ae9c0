import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import { Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";

export interface LogKeyProps {
  /** The one log group that CloudWatch may use the key for. */
  readonly logGroupName: string;
}

/** A key for one log group; the condition keeps other groups of the account away from it. */
export class LogKey extends kms.Key {
  constructor(scope: Construct, id: string, { logGroupName }: LogKeyProps) {
    super(scope, id, { enableKeyRotation: true, description: `Encrypts ${logGroupName}` });
    encryptsLog(this, logGroupName);
  }
}

/** Lets CloudWatch use a key of the same stack for one log group. */
export function encryptsLog(key: kms.IKey, logGroupName: string): void {
  const { region, account } = Stack.of(key);
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal(`logs.${region}.amazonaws.com`)],
      actions: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
      resources: ["*"],
      conditions: {
        ArnEquals: {
          "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${region}:${account}:log-group:${logGroupName}`,
        },
      },
    }),
  );
}
