import { regionsOf } from "../../config/schema/zones.ts";
import { Naming } from "../../naming.ts";
import { copyTargets, type ResidentDeployment } from "./copies.ts";

interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action?: string | readonly string[];
  readonly NotAction?: readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

/** Services without regions, whose calls all count as us-east-1. ACM, CloudFront and public ECR are not among them on purpose. */
const global = ["iam:*", "sts:*", "organizations:*", "route53:*", "support:*", "health:*", "budgets:*", "ce:*"];

/** Actions that copy data to another region, whatever the resource. */
const replicas = [
  "secretsmanager:ReplicateSecretToRegions",
  "rds:StartDBInstanceAutomatedBackupsReplication",
  "rds:CreateGlobalCluster",
  "rds:CreateDBInstanceReadReplica",
  "elasticache:CreateGlobalReplicationGroup",
  "dynamodb:CreateGlobalTable",
  "kms:ReplicateKey",
  "ecr:PutReplicationConfiguration",
  "ec2:CopySnapshot",
  "ec2:CopyImage",
  "s3:CreateMultiRegionAccessPoint",
];

/**
 * Returns denials for the accounts of one deployment; as a service control policy they bind the root user of each
 * account too.
 */
export function serviceControlPolicy(deployment: ResidentDeployment): PolicyDocument {
  return { Version: "2012-10-17", Statement: denials(deployment) };
}

/**
 * Returns the same denials for roles of an account outside an organisation; a boundary grants nothing, it only caps.
 */
export function permissionsBoundary(deployment: ResidentDeployment): PolicyDocument {
  return {
    Version: "2012-10-17",
    Statement: [{ Sid: "AtMost", Effect: "Allow", Action: "*", Resource: "*" }, ...denials(deployment)],
  };
}

function denials(deployment: ResidentDeployment): Statement[] {
  const { account, environment, regions, residency } = deployment;
  const { bucketArns, vaultArns } = copyTargets(deployment);
  const homes = regions.map(({ name }) => new Naming(environment, name));
  const archives = homes.map((naming) => `arn:aws:s3:::${naming.bucket("audit", account)}`);
  const roles = homes.map((naming) => `arn:aws:iam::${account}:role/${naming.role("backup")}`);
  return [
    {
      Sid: "OutsideTheZone",
      Effect: "Deny",
      NotAction: global,
      Resource: "*",
      Condition: { StringNotEquals: { "aws:RequestedRegion": regionsOf(residency) } },
    },
    { Sid: "Replicas", Effect: "Deny", Action: replicas, Resource: "*" },
    {
      Sid: "MultiRegionKeys",
      Effect: "Deny",
      Action: "kms:CreateKey",
      Resource: "*",
      Condition: { Bool: { "kms:MultiRegion": "true" } },
    },
    {
      Sid: "ReplicatesTheArchiveAlone",
      Effect: "Deny",
      Action: "s3:PutReplicationConfiguration",
      NotResource: archives,
    },
    {
      Sid: "IntoTheArchivesCopyAlone",
      Effect: "Deny",
      Action: ["s3:ReplicateObject", "s3:ReplicateDelete"],
      NotResource: bucketArns.map((arn) => `${arn}/*`),
    },
    {
      Sid: "IntoTheVaultsCopyAlone",
      Effect: "Deny",
      Action: "backup:CopyIntoBackupVault",
      NotResource: vaultArns,
    },
    {
      Sid: "SnapshotsByBackupAlone",
      Effect: "Deny",
      Action: ["rds:CopyDBSnapshot", "rds:CopyDBClusterSnapshot"],
      Resource: "*",
      Condition: { StringNotEquals: { "aws:PrincipalArn": roles } },
    },
  ];
}
