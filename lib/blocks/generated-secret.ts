import { RemovalPolicy } from "aws-cdk-lib";
import type * as kms from "aws-cdk-lib/aws-kms";
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { acknowledge } from "../checks/findings/acknowledge.ts";

export interface GeneratedSecretProps {
  readonly secretName: string;
  readonly description: string;
  readonly key: kms.IKey;
  /** Says who changes the value when Secrets Manager has no schedule for it. */
  readonly rotatedBy?: string;
  /** Members of the secret's JSON beside the generated "password". @default the secret is the bare value */
  readonly beside?: Readonly<Record<string, string | number>>;
}

/** A secret whose value AWS generates and no template, argument or log ever holds. */
export class GeneratedSecret extends secretsmanager.Secret {
  constructor(scope: Construct, id: string, props: GeneratedSecretProps) {
    super(scope, id, {
      secretName: props.secretName,
      description: props.description,
      encryptionKey: props.key,
      removalPolicy: RemovalPolicy.RETAIN,
      generateSecretString: {
        passwordLength: 64,
        excludePunctuation: true,
        ...(props.beside && { secretStringTemplate: JSON.stringify(props.beside), generateStringKey: "password" }),
      },
    });
    if (props.rotatedBy !== undefined) {
      acknowledge(this, {
        reason: `Rotated by ${props.rotatedBy}`,
        solutions: ["SMG4"],
        controls: ["SecretsManagerRotationEnabled"],
      });
    }
  }
}
