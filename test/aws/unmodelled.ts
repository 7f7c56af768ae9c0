/** Resource types that MiniStack's CloudFormation refuses. A type that it learns must leave this list. */
export const refusedTypes: readonly string[] = [
  "AWS::Backup::BackupSelection",
  "AWS::Budgets::Budget",
  "AWS::EC2::EIP",
  "AWS::EC2::FlowLog",
  "AWS::EC2::NatGateway",
  "AWS::EC2::SecurityGroupEgress",
  "AWS::EC2::SecurityGroupIngress",
  "AWS::EKS::AccessEntry",
  "AWS::EKS::PodIdentityAssociation",
  "AWS::Route53Resolver::FirewallDomainList",
  "AWS::Route53Resolver::FirewallRuleGroup",
  "AWS::Route53Resolver::FirewallRuleGroupAssociation",
  "AWS::SecretsManager::ResourcePolicy",
  "AWS::SecretsManager::RotationSchedule",
];

/** Types that it would take, but whose function needs a Kubernetes API; `npm run test:cluster` gives their manifests to one. */
export const clusterTypes: readonly string[] = [
  "Custom::AWSCDK-EKS-HelmChart",
  "Custom::AWSCDK-EKS-KubernetesResource",
];

/** Properties that it refuses, by type; a resource with one is left out. */
export const refusedProperties: Readonly<Record<string, string>> = {
  "AWS::CloudWatch::Alarm": "Metrics",
};

/** Attributes that its resources lack, by type. */
export const missingAttributes: Readonly<Record<string, string>> = {
  "AWS::RDS::DBInstance": "MasterUserSecret.SecretArn",
};

/** Facts about which CREATE_COMPLETE of MiniStack says nothing; printed with every run. */
export const unproven: readonly string[] = [
  "properties: Object Lock, KMS key ids and a function's VPC are taken and forgotten",
  "permissions: neither IAM, key policies nor resource policies refuse anybody",
  "code: functions are created without their archives, and none is called",
  "security groups: no rule between them is created, so no cycle or limit of theirs is seen",
  "time and quotas: every resource exists at once, and no service counts",
];
