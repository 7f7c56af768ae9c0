/** Resource types whose data or control plane is outside every residency zone. */
const leavingTypes: Readonly<Record<string, string>> = {
  "AWS::Serverless::Application":
    "comes from the serverless repository in another region; use a rotation Lambda of our own",
  "AWS::CloudFront::Distribution": "serves from every country; use the regional load balancer",
  "AWS::Chatbot::SlackChannelConfiguration": "keeps metrics and logs in another region",
  "AWS::GlobalAccelerator::Accelerator": "routes through every country",
  "AWS::ECR::ReplicationConfiguration": "copies images to another region; mirror them there by the script",
  "AWS::RDS::GlobalCluster": "replicates the database",
  "AWS::ElastiCache::GlobalReplicationGroup": "replicates Redis",
  "AWS::KMS::ReplicaKey": "copies a key",
  "AWS::S3::MultiRegionAccessPoint": "routes through another region",
  "Custom::CrossRegionExportWriter": "writes a stack's values to another region",
  "Custom::CrossRegionExportReader": "reads a stack's values from another region",
};

const leavingProperties: readonly { readonly type: string; readonly property: string; readonly why: string }[] = [
  { type: "AWS::SecretsManager::Secret", property: "ReplicaRegions", why: "replicates the secret" },
  { type: "AWS::DynamoDB::GlobalTable", property: "Replicas", why: "replicates the table" },
  { type: "AWS::RDS::DBInstance", property: "AutomaticBackupReplicationRegion", why: "replicates backups" },
  { type: "AWS::RDS::DBInstance", property: "SourceDBInstanceIdentifier", why: "reads another database" },
  { type: "AWS::RDS::DBInstance", property: "SourceRegion", why: "reads a database of another region" },
];

export function leavingFeatures(resource: {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
}): string[] {
  const type = leavingTypes[resource.Type];
  const properties = leavingProperties
    .filter(({ type: of, property }) => of === resource.Type && resource.Properties?.[property] !== undefined)
    .map(({ property, why }) => `${property} ${why}`);
  const multiRegion = resource.Type === "AWS::KMS::Key" && resource.Properties?.["MultiRegion"] === true;
  return [
    ...(type === undefined ? [] : [type]),
    ...properties,
    ...(multiRegion ? ["MultiRegion lets the key leave"] : []),
  ];
}
