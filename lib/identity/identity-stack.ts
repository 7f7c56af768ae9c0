import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import * as kms from "aws-cdk-lib/aws-kms";
import type * as logs from "aws-cdk-lib/aws-logs";
import type * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { loginsOf, platform } from "../../contract/index.ts";
import { DatabaseUserRotation, type RotatedDatabase } from "../blocks/database-user-rotation.ts";
import { GeneratedSecret, type GeneratedSecretProps } from "../blocks/generated-secret.ts";
import type { RotationProps, WatchedRotation } from "../blocks/rotation-function.ts";
import type { Identity } from "../config/schema/identity.ts";
import type { Naming } from "../naming.ts";
import { SigningKeyRotation } from "./signing-key-rotation.ts";

export interface IdentityStackProps extends StackProps {
  readonly naming: Naming;
  readonly identity: Identity;
  readonly vpc: ec2.IVpc;
  readonly logDays: logs.RetentionDays;
  readonly metadata: RotatedDatabase;
  /** The audit database; undefined for a tenant's instance, because one audit trail records all. */
  readonly audit: RotatedDatabase | undefined;
  /** The analytics database; undefined when no administrator of it is named, and an operator changes its passwords. */
  readonly analytics: RotatedDatabase | undefined;
}

type UserName = keyof typeof platform.databaseUsers;

interface UsersOfDatabase {
  readonly subject: string;
  /** Undefined when an operator changes the passwords. */
  readonly database: RotatedDatabase | undefined;
  readonly users: readonly { readonly name: string; readonly secret: GeneratedSecret }[];
}

/** The secrets that Homeroom generates. Pods mount them by name; nothing here is ever exported as a value. */
export class IdentityStack extends Stack {
  readonly key: kms.Key;
  readonly rotations: readonly WatchedRotation[];
  readonly secrets: readonly secretsmanager.Secret[];

  constructor(scope: Construct, id: string, props: IdentityStackProps) {
    super(scope, id, props);
    this.key = new kms.Key(this, "Key", {
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
      description: "Signing keys, Superset's secret key and database users",
    });
    const { naming } = props;
    const jwks = this.#secret("Jwks", naming.jwksSecret, "JWKS of verification keys", {
      rotatedBy: "the rotation of the signing keys, which writes it; it holds public keys only",
    });
    const signingKeys = this.#secret("SigningKeys", naming.signingKeysSecret, "Private keys that sign tokens, by kid");
    const users = this.#users(props);
    this.secrets = [
      ...this.#supersetSecrets(props),
      ...users.flatMap(({ users: made }) => made.map(({ secret }) => secret)),
      this.#claimsKey(props),
      jwks,
      signingKeys,
    ];
    const signing = new SigningKeyRotation(this, "SigningKeyRotation", {
      ...this.#rotationProps(props, "signing-key-rotation"),
      identity: props.identity,
      jwks,
      signingKeys,
    });
    this.rotations = [signing.watched, ...users.flatMap((of) => this.#userRotation(props, of))];
  }

  #secret(
    constructId: string,
    secretName: string,
    description: string,
    rest: Pick<GeneratedSecretProps, "rotatedBy" | "beside"> = {},
  ): GeneratedSecret {
    return new GeneratedSecret(this, constructId, { secretName, description, key: this.key, ...rest });
  }

  #supersetSecrets({ naming }: IdentityStackProps): GeneratedSecret[] {
    const { secretKey, adminPassword } = platform.secretFiles;
    return [
      this.#secret("SecretKey", naming.secret(secretKey), "Superset's SECRET_KEY", {
        rotatedBy: "a job that re-encrypts what Superset stored with it; a silent change would lose those values",
      }),
      this.#secret("AdminPassword", naming.secret(adminPassword), "First administrator of Superset", {
        rotatedBy: "an operator: it opens the first account once, which then has a password of its own",
      }),
    ];
  }

  #claimsKey({ naming }: IdentityStackProps): GeneratedSecret {
    const name = naming.secret(platform.secretFiles.claimsKey);
    return this.#secret("ClaimsKey", name, "Signs each query's claims for the analytics database", {
      rotatedBy: "an operator: `homeroom policy apply` accepts the old and the new key while Superset changes over",
    });
  }

  /** Makes the logins of each database that this instance has. */
  #users(props: IdentityStackProps): UsersOfDatabase[] {
    const user = (id: string, name: UserName, database: RotatedDatabase | undefined) =>
      this.#user(props, id, name, database);
    const { metadata, analytics, audit } = props;
    return [
      { subject: "metadata", database: metadata, users: [user("MetadataUser", "metadata-user", metadata)] },
      {
        subject: "audit",
        database: audit,
        users:
          audit === undefined
            ? []
            : [
                user("AuditWriterUser", "audit-writer-user", audit),
                user("AuditReaderUser", "audit-reader-user", audit),
              ],
      },
      {
        subject: "analytics",
        database: analytics,
        users: [
          user("ReaderUser", "analytics-reader-user", analytics),
          user("AuthorUser", "analytics-author-user", analytics),
        ],
      },
    ];
  }

  #user(
    { naming }: IdentityStackProps,
    constructId: string,
    name: UserName,
    database: RotatedDatabase | undefined,
  ): UsersOfDatabase["users"][number] {
    const { role, database: kind } = platform.databaseUsers[name];
    // The operator's server may hold several tenants' databases; the others are of this instance alone.
    const tenant = kind === "schools" ? naming.tenant : undefined;
    const [username] = loginsOf({ role, ...(tenant !== undefined && { tenant }) });
    const secret = this.#secret(constructId, naming.secret(name), `Login of ${role}`, {
      ...(database === undefined && { rotatedBy: "an operator with the runbook: no administrator of it is named" }),
      beside: {
        engine: "postgres",
        ...(database && { host: database.host, port: database.port, dbname: database.name }),
        username,
      },
    });
    return { name: tenant === undefined ? name : `${name}.${tenant}`, secret };
  }

  #userRotation(props: IdentityStackProps, { subject, database, users }: UsersOfDatabase): WatchedRotation[] {
    if (database === undefined) return [];
    const name = `${subject}-users-rotation`;
    const rotation = new DatabaseUserRotation(this, name, {
      ...this.#rotationProps(props, name),
      database,
      users,
      rotateEveryDays: props.identity.databaseUsers.rotateEveryDays,
    });
    return [rotation.watched];
  }

  #rotationProps({ naming, vpc, logDays }: IdentityStackProps, name: string): RotationProps {
    return { naming, name, vpc, key: this.key, logDays };
  }
}
