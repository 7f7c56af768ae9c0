import { describe, expect, it } from "@jest/globals";
import { Match } from "aws-cdk-lib/assertions";
import { interfaceEndpoints } from "../../lib/network/endpoints.ts";
import { parseDeployment } from "../../lib/config/parse.ts";
import { environments, synthesise } from "./synthesis.ts";

describe("network", () => {
  const dev = synthesise(environments.dev).template("network");
  const prod = synthesise(environments.prod).template("network");

  it("spans three zones with three kinds of subnets, none of which gives out public addresses", () => {
    dev.resourceCountIs("AWS::EC2::Subnet", 9);
    const subnets = synthesise(environments.dev)
      .resources()
      .filter(({ resource }) => resource.Type === "AWS::EC2::Subnet");
    expect(new Set(subnets.map(({ resource }) => resource.Properties?.["AvailabilityZone"])).size).toBe(3);
    expect(subnets.filter(({ resource }) => resource.Properties?.["MapPublicIpOnLaunch"] === true)).toEqual([]);
  });

  it("has no way out when egress is none", () => {
    prod.resourceCountIs("AWS::EC2::NatGateway", 0);
  });

  it("resolves only listed names under an allow-list", () => {
    dev.resourceCountIs("AWS::EC2::NatGateway", 1);
    dev.hasResourceProperties("AWS::Route53Resolver::FirewallRuleGroup", {
      FirewallRules: [
        Match.objectLike({
          Action: "ALLOW",
          Priority: 100,
          FirewallDomainRedirectionAction: "TRUST_REDIRECTION_DOMAIN",
        }),
        Match.objectLike({ Action: "BLOCK", BlockResponse: "NXDOMAIN", Priority: 200 }),
      ],
    });
    dev.hasResourceProperties("AWS::Route53Resolver::FirewallDomainList", {
      Domains: Match.arrayWith([
        "dev.homeroom.example",
        "*.dev.homeroom.example",
        "schools.dev.internal",
        "acme-v02.api.letsencrypt.org",
      ]),
    });
  });

  it("resolves the challenges in its own domain, which cert-manager looks up first", () => {
    const { domain } = environments.dev.edge;
    dev.hasResourceProperties("AWS::Route53Resolver::FirewallDomainList", {
      Domains: Match.arrayWith([domain, `*.${domain}`]),
    });
  });

  it("reaches every AWS service by a private endpoint", () => {
    dev.resourcePropertiesCountIs("AWS::EC2::VPCEndpoint", { VpcEndpointType: "Gateway" }, 1);
    dev.resourcePropertiesCountIs(
      "AWS::EC2::VPCEndpoint",
      { VpcEndpointType: "Interface", PrivateDnsEnabled: true },
      Object.keys(interfaceEndpoints).length,
    );
    expect(
      Object.values(interfaceEndpoints)
        .map(({ shortName }) => shortName)
        .sort(),
    ).toStrictEqual([
      ...["acm-pca", "ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "elasticloadbalancing", "kms"],
      ...["lambda", "logs", "monitoring", "secretsmanager", "sns", "sts"],
    ]);
  });

  it("lets through endpoints only callers of the account, and to S3 only its own buckets", () => {
    dev.allResourcesProperties("AWS::EC2::VPCEndpoint", {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({
            Condition: { StringEquals: Match.objectLike({ "aws:PrincipalAccount": "111111111111" }) },
          }),
        ]),
      }),
    });
    dev.hasResourceProperties("AWS::EC2::VPCEndpoint", {
      VpcEndpointType: "Gateway",
      PolicyDocument: Match.objectLike({
        Statement: [
          Match.objectLike({
            Condition: { StringEquals: Match.objectLike({ "aws:ResourceAccount": "111111111111" }) },
          }),
          Match.objectLike({
            Action: "s3:GetObject",
            Resource: "arn:aws:s3:::prod-ap-southeast-2-starport-layer-bucket/*",
          }),
          Match.objectLike({
            Action: "s3:PutObject",
            Resource: "arn:aws:s3:::cloudformation-custom-resource-response-apsoutheast2/*",
          }),
        ],
      }),
    });
  });

  it("opens endpoints to the VPC on 443 alone", () => {
    dev.hasResourceProperties("AWS::EC2::SecurityGroup", {
      SecurityGroupIngress: [Match.objectLike({ CidrIp: "10.20.0.0/16", FromPort: 443, ToPort: 443 })],
    });
  });

  it("records every flow in an encrypted log", () => {
    dev.hasResourceProperties("AWS::EC2::FlowLog", { TrafficType: "ALL", LogDestinationType: "cloud-watch-logs" });
    dev.hasResourceProperties("AWS::Logs::LogGroup", { RetentionInDays: 30, KmsKeyId: Match.anyValue() });
  });

  it("routes to an attached database in another VPC", () => {
    const route = "pcx-0123456789abcdef0";
    const analyticsDatabases = parseDeployment("config/dev.ts", environments.dev).analyticsDatabases.map((database) =>
      database.access.mode === "security-group" ? { ...database, access: { ...database.access, route } } : database,
    );
    synthesise({ ...environments.dev, analyticsDatabases })
      .template("network")
      .resourcePropertiesCountIs(
        "AWS::EC2::Route",
        { DestinationCidrBlock: "10.21.0.0/16", VpcPeeringConnectionId: "pcx-0123456789abcdef0" },
        3,
      );
  });
});
