/** Rules of two public sets that we do not follow, each with a reason that an auditor accepts. */
export interface Skip {
  readonly rule: string;
  /** Stack and resource as "environment/stack:Type.LogicalId". */
  readonly where: RegExp;
  readonly because: string;
}

const kubectl = /\/cluster:AWS::(Lambda::Function|Logs::LogGroup)\.ClusterKubectlProvider/;

export const checkovSkips: readonly Skip[] = [
  {
    rule: "CKV_AWS_115",
    where: kubectl,
    because: "CloudFormation calls the function during a deploy only, and calls it one resource at a time as it needs",
  },
  {
    rule: "CKV_AWS_116",
    where: kubectl,
    because:
      "CloudFormation waits for the function's answer and shows its failure; a queue would hold what nobody reads",
  },
  {
    rule: "CKV_AWS_158",
    where: kubectl,
    because: "CDK makes these groups; they hold manifests without secrets and are encrypted with the service's key",
  },
  {
    rule: "CKV_AWS_173",
    where: /AWS::Lambda::Function\./,
    because: "The variables hold names and times, never a secret, and Lambda encrypts them with its own key at rest",
  },
  {
    rule: "CKV_AWS_18",
    where: /AWS::S3::Bucket\..*AccessLogs/,
    because: "The bucket is where access logs go; logging it into itself would never end",
  },
  {
    rule: "CKV_AWS_364",
    where: /\/(?:identity|tenant-[a-z0-9-]+):AWS::Lambda::Permission\..*[Rr]otationFunction/,
    because:
      "CDK's rotation schedule writes the permission without a source account; the function's role opens only the secrets it names, so another account's call ends in a refusal",
  },
  {
    rule: "CKV_AWS_157",
    where: /^dev\//,
    because: "Configuration switches the second zone off for dev alone, with a reason that every synthesis prints",
  },
  {
    rule: "CKV_AWS_91",
    where: /\/edge:AWS::ElasticLoadBalancingV2::LoadBalancer\./,
    because: "A network load balancer logs TLS listeners only; ours pass TCP through, and nginx writes the access log",
  },
];

export const cfnLintSkips: Readonly<Record<string, string>> = {
  W3005: "CDK writes each dependency out, also those that a reference implies",
  W6001: "Import values belong to the references that CDK makes between stacks",
  W3010: "Configuration names the three zones, so that a synthesis needs no look-up and a diff shows them",
};
