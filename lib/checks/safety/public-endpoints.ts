import { loadBalancerGroupDescription } from "../../naming.ts";
import type { Resource } from "./template.ts";

/** The ports that anyone may reach, on the security group of the one load balancer. */
const loadBalancerPorts = [443];

const endpoints = [
  "AWS::Lambda::Url",
  "AWS::ApiGateway::RestApi",
  "AWS::ApiGatewayV2::Api",
  "AWS::AppSync::GraphQLApi",
];

/** Returns what the internet could reach of a resource, beside the one load balancer. */
export function publicEndpoints({ Type, Properties = {} }: Resource): string[] {
  const text = JSON.stringify(Properties);
  const found: string[] = [];
  if (Type === "AWS::RDS::DBInstance" && Properties["PubliclyAccessible"] !== false) found.push("publicly accessible");
  if (Type === "AWS::EKS::Cluster" && !text.includes('"EndpointPublicAccess":false')) found.push("public endpoint");
  if (Type === "AWS::EC2::Subnet" && Properties["MapPublicIpOnLaunch"] === true)
    found.push("gives out public addresses");
  if (
    Type === "AWS::EC2::SecurityGroup" &&
    fromAnywhere(Properties["SecurityGroupIngress"]) &&
    !isLoadBalancer(Properties)
  )
    found.push("open to anyone");
  if (Type === "AWS::EC2::SecurityGroupIngress" && fromAnywhere(Properties)) found.push("open to anyone");
  if (Type === "AWS::S3::Bucket" && !closed(Properties["PublicAccessBlockConfiguration"]))
    found.push("not closed to the public");
  if (endpoints.includes(Type)) found.push("an endpoint");
  if (Type.endsWith("Policy") && /"Effect":"Allow"[^}]*"Principal":(?:"\*"|\{"AWS":"\*"\})/.test(text))
    found.push("open to anyone");
  return found;
}

function fromAnywhere(rules: unknown): boolean {
  return /"CidrIp(?:v6)?":"(?:0\.0\.0\.0\/0|::\/0)"/.test(JSON.stringify(rules ?? []));
}

function isLoadBalancer(properties: Readonly<Record<string, unknown>>): boolean {
  const rules = properties["SecurityGroupIngress"] as readonly Readonly<Record<string, unknown>>[];
  return (
    properties["GroupDescription"] === loadBalancerGroupDescription &&
    rules.every(({ FromPort, ToPort }) => FromPort === ToPort && loadBalancerPorts.includes(Number(FromPort)))
  );
}

function closed(block: unknown): boolean {
  const keys = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];
  return (
    block !== null && typeof block === "object" && keys.every((key) => (block as Record<string, unknown>)[key] === true)
  );
}
