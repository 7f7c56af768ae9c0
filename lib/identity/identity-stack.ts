import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import * as kms from "aws-cdk-lib/aws-kms";
import type * as logs from "aws-cdk-lib/aws-logs";
import type * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { loginsOf, platform } from "../../contract/index.ts";
import {
  DatabaseUserRotation,
  type DatabaseUserRotationProps,
  type RotatedDatabase,
} from "../blocks/database-user-rotation.ts";
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

/** The secrets that Homeroom generates. Pods mount them by name; nothing here is ever exported as a value. */
export class IdentityStack extends Stack {
  readonly key: kms.Key;
  readonly rotations: readonly WatchedRotation[];
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
    const user = (
      constructId: string,
      name: keyof typeof platform.databaseUsers,
      database: RotatedDatabase | undefined,
    ): { name: string; secret: GeneratedSecret } => {
      const { role, database: kind } = platform.databaseUsers[name];
      // The operator's server may hold several tenants' databases; the others are of this instance alone.
      const tenant = kind === "schools" ? naming.tenant : undefined;
      const [username] = loginsOf({ role, ...(tenant !== undefined && { tenant }) });
      const description = `Login of ${role}`;
      const made = secret(constructId, naming.secret(name), description, {
        ...(database === undefined && { rotatedBy: "an operator with the runbook: no administrator of it is named" }),
        beside: {
          engine: "postgres",
          ...(database && { host: database.host, port: database.port, dbname: database.name }),
          username,
        },
      });
      return { name: tenant === undefined ? name : `${name}.${tenant}`, secret: made };
    };

    const jwks = secret("Jwks", naming.jwksSecret, "JWKS of verification keys", {
      rotatedBy: "the rotation of the signing keys, which writes it; it holds public keys only",
    });
    const signingKeys = secret("SigningKeys", naming.signingKeysSecret, "Private keys that sign tokens, by kid");
    const metadataUsers = [user("MetadataUser", "metadata-user", props.metadata)];
    const analyticsUsers = [
      user("ReaderUser", "analytics-reader-user", props.analytics),
      user("AuthorUser", "analytics-author-user", props.analytics),
    ];
    const auditUsers =
      props.audit === undefined
        ? []
        : [
            user("AuditWriterUser", "audit-writer-user", props.audit),
            user("AuditReaderUser", "audit-reader-user", props.audit),
          ];
    const { secretFiles } = platform;
    this.secrets = [
      secret("SecretKey", naming.secret(secretFiles.secretKey), "Superset's SECRET_KEY", {
        rotatedBy: "a job that re-encrypts what Superset stored with it; a silent change would lose those values",
      }),
      secret("AdminPassword", naming.secret(secretFiles.adminPassword), "First administrator of Superset", {
        rotatedBy: "an operator: it opens the first account once, which then has a password of its own",
      }),
      ...[...metadataUsers, ...analyticsUsers, ...auditUsers].map((made) => made.secret),
      secret(
        "ClaimsKey",
        naming.secret(secretFiles.claimsKey),
        "Signs each query's claims for the analytics database",
        {
          rotatedBy: "an operator: `homeroom policy apply` accepts the old and the new key while Superset changes over",
        },
      ),
      jwks,
      signingKeys,
    ];
    const signing = new SigningKeyRotation(this, "SigningKeyRotation", {
      ...this.#rotationProps(props, "signing-key-rotation"),
      identity,
      jwks,
      signingKeys,
    });
    this.rotations = [
      signing.watched,
      ...this.#databaseUsers(props, [
        ["metadata", props.metadata, metadataUsers],
        ["audit", props.audit, auditUsers],
        ["analytics", props.analytics, analyticsUsers],
      ]),
    ];
  }

  #databaseUsers(
    props: IdentityStackProps,
    databases: readonly (readonly [string, RotatedDatabase | undefined, DatabaseUserRotationProps["users"]])[],
  ): WatchedRotation[] {
    return databases.flatMap(([subject, database, users]) => {
      if (database === undefined) return [];
      const name = `${subject}-users-rotation`;
      const rotation = new DatabaseUserRotation(this, name, {
        ...this.#rotationProps(props, name),
        database,
        users,
        rotateEveryDays: props.identity.databaseUsers.rotateEveryDays,
      });
      return [rotation.watched];
    });
  }

  #rotationProps({ naming, vpc, logDays }: IdentityStackProps, name: string): RotationProps {
    return { naming, name, vpc, key: this.key, logDays };
  }
}
