import { Duration, RemovalPolicy, Tags } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import type * as kms from "aws-cdk-lib/aws-kms";
import * as logs from "aws-cdk-lib/aws-logs";
import * as rds from "aws-cdk-lib/aws-rds";
import { Construct } from "constructs";
import { platform } from "../../contract/index.ts";
import { acknowledge, managedPolicy } from "../checks/findings/acknowledge.ts";
import type { BackupClass } from "../config/schema/backups.ts";
import type { Database } from "../config/schema/data.ts";
import { isOn } from "../config/schema/protection.ts";
import { encryptsLog } from "./log-key.ts";
import { backupTag } from "./backup-tag.ts";
import { versions } from "../versions.ts";

export interface PostgresProps {
  readonly vpc: ec2.IVpc;
  readonly key: kms.IKey;
  /** The name of the RDS instance. RDS names its log groups by it, so it must be known before. */
  readonly instanceName: string;
  readonly databaseName: string;
  readonly database: Database;
  /** The class of data, by which AWS Backup chooses the plan. */
  readonly backupClass: BackupClass;
  readonly logDays: number;
}

const exportedLogs = ["postgresql", "upgrade"];

/** PostgreSQL that refuses clear-text connections. The master password is RDS's own: only a DBA uses it. */
export class Postgres extends Construct {
  readonly instance: rds.DatabaseInstance;
  readonly securityGroup: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, props: PostgresProps) {
    super(scope, id);
    const { database, vpc, key } = props;
    const engine = rds.DatabaseInstanceEngine.postgres({
      version: rds.PostgresEngineVersion.of(versions.postgres.full, versions.postgres.major),
    });
    this.securityGroup = new ec2.SecurityGroup(this, "Access", {
      vpc,
      description: `Who may connect to ${props.databaseName}`,
      allowAllOutbound: false,
    });
    this.instance = new rds.DatabaseInstance(this, "Instance", {
      engine,
      vpc,
      vpcSubnets: { subnetGroupName: "data" },
      securityGroups: [this.securityGroup],
      instanceType: new ec2.InstanceType(database.instanceClass),
      instanceIdentifier: props.instanceName,
      databaseName: props.databaseName,
      credentials: rds.Credentials.fromUsername("homeroom_dba", { encryptionKey: key }),
      manageMasterUserPassword: true,
      iamAuthentication: true,
      multiAz: isOn(database.multiAz),
      publiclyAccessible: false,
      storageEncrypted: true,
      storageEncryptionKey: key,
      storageType: rds.StorageType.GP3,
      allocatedStorage: database.storageGb,
      maxAllocatedStorage: database.storageMaxGb,
      backupRetention: Duration.days(database.backupDays),
      deleteAutomatedBackups: false,
      copyTagsToSnapshot: true,
      deletionProtection: isOn(database.deletionProtection),
      removalPolicy: RemovalPolicy.RETAIN,
      autoMinorVersionUpgrade: true,
      engineLifecycleSupport: rds.EngineLifecycleSupport.OPEN_SOURCE_RDS_EXTENDED_SUPPORT_DISABLED,
      caCertificate: rds.CaCertificate.RDS_CA_RSA2048_G1,
      cloudwatchLogsExports: exportedLogs,
      enablePerformanceInsights: true,
      performanceInsightEncryptionKey: key,
      monitoringInterval: Duration.minutes(1),
      parameterGroup: new rds.ParameterGroup(this, "Parameters", {
        engine,
        parameters: {
          "rds.force_ssl": "1",
          ssl_min_protocol_version: "TLSv1.2",
          password_encryption: "scram-sha-256",
          log_connections: "1",
          log_disconnections: "1",
          // An error quotes the value that it is about, and a statement and its parameters may hold data of a student;
          // Superset's log says which error it was, and where.
          ...platform.postgresLog,
        },
      }),
    });
    Tags.of(this.instance).add(backupTag, props.backupClass);
    for (const log of exportedLogs) this.#makeLogGroup(log, props);
    this.#explain(database);
  }

  /**
   * Makes a log group before the instance does: RDS would make it unencrypted and without an end, and takes one that
   * exists.
   */
  #makeLogGroup(log: string, { key, instanceName, logDays }: PostgresProps): void {
    const logGroupName = `/aws/rds/instance/${instanceName}/${log}`;
    encryptsLog(key, logGroupName);
    this.instance.node.addDependency(
      new logs.LogGroup(this, `Log-${log}`, {
        logGroupName,
        retention: logDays,
        encryptionKey: key,
        removalPolicy: RemovalPolicy.RETAIN,
      }),
    );
  }

  /** The ARN of the secret with the master's name and password; RDS made the secret and changes it weekly. */
  get masterSecretArn(): string {
    const { defaultChild } = this.instance.node;
    if (!(defaultChild instanceof rds.CfnDBInstance)) throw new Error("A database instance is one resource");
    return defaultChild.attrMasterUserSecretSecretArn;
  }

  #explain({ multiAz }: Database): void {
    acknowledge(this, {
      reason: "The policy that RDS requires by name for enhanced monitoring",
      solutions: [managedPolicy("service-role/AmazonRDSEnhancedMonitoringRole")],
    });
    acknowledge(this, {
      reason: "Security groups admit the pods alone; another port hides nothing from them",
      solutions: ["RDS11"],
    });
    acknowledge(this, {
      reason: `The backup stack selects it by the tag ${backupTag}, which the rule cannot see from another stack`,
      controls: ["RDSInBackupPlan"],
    });
    if (multiAz !== true) {
      acknowledge(this, {
        reason: `By configuration: ${multiAz.because}`,
        solutions: ["RDS3"],
        controls: ["RDSMultiAZSupport"],
      });
    }
  }
}
