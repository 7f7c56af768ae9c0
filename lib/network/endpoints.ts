import * as ec2 from "aws-cdk-lib/aws-ec2";

const service = ec2.InterfaceVpcEndpointAwsService;

/**
 * The endpoints of every AWS service that a pod, a node or a Lambda function calls: nothing of ours needs the
 * internet to reach AWS.
 */
export const interfaceEndpoints: Readonly<Record<string, ec2.InterfaceVpcEndpointAwsService>> = {
  EcrApi: service.ECR,
  EcrDocker: service.ECR_DOCKER,
  Eks: service.EKS,
  EksAuth: service.EKS_AUTH,
  Ec2: service.EC2,
  LoadBalancing: service.ELASTIC_LOAD_BALANCING,
  Sts: service.STS,
  Lambda: service.LAMBDA,
  Logs: service.CLOUDWATCH_LOGS,
  Monitoring: service.CLOUDWATCH_MONITORING,
  SecretsManager: service.SECRETS_MANAGER,
  Kms: service.KMS,
  Sns: service.SNS,
  PrivateCa: service.PRIVATE_CERTIFICATE_AUTHORITY,
};
