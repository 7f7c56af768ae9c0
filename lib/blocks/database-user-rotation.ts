import { Duration, Stack } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { codeFolder, RotationFunction, type RotationProps } from "./rotation-function.ts";

/** A database whose users rotate, as its stack hands it over. */
export interface RotatedDatabase {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly securityGroupId: string;
  /** PEM of the authorities that signed its certificate. @default RDS's authorities */
  readonly caPem?: string;
  /** Secret of an administrator, and the key that encrypts it. */
  readonly admin: { readonly secretArn: string; readonly keyArn?: string };
}

export interface DatabaseUserRotationProps extends RotationProps {
  readonly database: RotatedDatabase;
  readonly rotateEveryDays: number;
  /** Secret of each user by the name of its mounted file. */
  readonly users: readonly { readonly name: string; readonly secret: secretsmanager.Secret }[];
}

/** Certificates in Lambda's runtime that verify the databases of AWS, RDS among them. */
const authorities = "/var/runtime/ca-cert.pem";
const caFile = "database-ca.pem";

/**
 * Gives the users of one database new passwords by turns. Its first run, as soon as the schedule is created, makes
 * role and logins in a new database. This construct opens the way to the database, so that the database's stack knows
 * nothing of it.
 */
export class DatabaseUserRotation extends RotationFunction {
  constructor(scope: Construct, id: string, props: DatabaseUserRotationProps) {
    const { database, users } = props;
    super(scope, id, {
      entry: "runtime/rotation/database-users/rotate-database-user.lambda.ts",
      description: `Rotates the database users of ${database.name}`,
      naming: props.naming,
      name: props.name,
      vpc: props.vpc,
      key: props.key,
      logDays: props.logDays,
      files: database.caPem === undefined ? {} : { [caFile]: database.caPem },
      environment: {
        HOMEROOM_DATABASE_HOST: database.host,
        HOMEROOM_DATABASE_PORT: String(database.port),
        HOMEROOM_DATABASE_NAME: database.name,
        HOMEROOM_DATABASE_CA_FILE: database.caPem === undefined ? authorities : `${codeFolder}/${caFile}`,
        HOMEROOM_DATABASE_ADMIN_SECRET: database.admin.secretArn,
        HOMEROOM_DATABASE_USERS: Stack.of(scope).toJsonString(
          Object.fromEntries(users.map(({ name, secret }) => [secret.secretArn, name])),
        ),
      },
    });
    this.#reach(database);
    this.#mayReadAdmin(database);
    for (const { name, secret } of users) {
      secret.addRotationSchedule(`Rotation-${name}`, {
        rotationLambda: this.function,
        automaticallyAfter: Duration.days(props.rotateEveryDays),
      });
    }
  }

  #reach({ securityGroupId, port, name }: RotatedDatabase): void {
    const shared = { ipProtocol: "tcp", fromPort: port, toPort: port };
    const functionGroupId = this.securityGroup.securityGroupId;
    new ec2.CfnSecurityGroupEgress(this, "ToDatabase", {
      ...shared,
      groupId: functionGroupId,
      destinationSecurityGroupId: securityGroupId,
      description: name,
    });
    new ec2.CfnSecurityGroupIngress(this, "FromRotation", {
      ...shared,
      groupId: securityGroupId,
      sourceSecurityGroupId: functionGroupId,
      description: `Rotation of the users of ${name}`,
    });
  }

  #mayReadAdmin({ admin }: RotatedDatabase): void {
    this.function.addToRolePolicy(
      new iam.PolicyStatement({ actions: ["secretsmanager:GetSecretValue"], resources: [admin.secretArn] }),
    );
    if (admin.keyArn === undefined) return;
    this.function.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ["kms:Decrypt"],
        resources: [admin.keyArn],
        conditions: {
          StringEquals: { "kms:ViaService": `secretsmanager.${Stack.of(this).region}.amazonaws.com` },
        },
      }),
    );
  }
}
