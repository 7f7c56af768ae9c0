import { brotliCompressSync } from "node:zlib";
import { Duration } from "aws-cdk-lib";
import type * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { RotationFunction, type RotationProps } from "../blocks/rotation-function.ts";
import type { Identity } from "../config/schema/identity.ts";

export interface SigningKeyRotationProps extends RotationProps {
  readonly identity: Identity;
  readonly jwks: secretsmanager.Secret;
  readonly signingKeys: secretsmanager.Secret;
}

/** Rotates the signing keys; the next public key is published before anyone signs with it. */
export class SigningKeyRotation extends RotationFunction {
  constructor(scope: Construct, id: string, props: SigningKeyRotationProps) {
    const { identity, signingKeys, jwks } = props;
    const schedule = identity.signingKeys;
    super(scope, id, {
      entry: "runtime/tokens/keys/rotate-signing-key.lambda.ts",
      description: "Rotates the RS256 signing keys of every issuer",
      naming: props.naming,
      name: props.name,
      vpc: props.vpc,
      key: props.key,
      logDays: props.logDays,
      environment: {
        HOMEROOM_JWKS_SECRET: jwks.secretArn,
        HOMEROOM_ISSUERS: packed(JSON.stringify(identity.issuers.map(({ url, tenants }) => ({ iss: url, tenants })))),
        HOMEROOM_ACTIVATE_AFTER_SECONDS: String(schedule.activateAfterMinutes * 60),
        HOMEROOM_RETIRE_AFTER_SECONDS: String(schedule.retireAfterMinutes * 60),
      },
    });
    jwks.grantRead(this.function);
    jwks.grantWrite(this.function);
    signingKeys.addRotationSchedule("Rotation", {
      rotationLambda: this.function,
      automaticallyAfter: Duration.days(schedule.rotateEveryDays),
    });
  }
}

// Lambda takes 4,096 bytes of environment, and an issuer may sign for hundreds of tenants.
function packed(issuers: string): string {
  return issuers.length <= 2000 ? issuers : `br:${brotliCompressSync(issuers).toString("base64")}`;
}
