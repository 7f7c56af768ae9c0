import { describe, expect, it } from "@jest/globals";
import { Match } from "aws-cdk-lib/assertions";
import { environments, synthesise } from "./synthesis.ts";
import { whole } from "./whole.ts";

describe("edge", () => {
  const dev = synthesise(environments.dev).template("edge");
  const records = (input: typeof environments.dev, subject: string): string[] =>
    Object.values(synthesise(input).json(subject).Resources)
      .filter(({ Type }) => Type === "AWS::Route53::RecordSet")
      .map(({ Properties }) => String(Properties?.["Name"]))
      .sort();

  it("is one load balancer that passes TCP on 443 and answers nothing else", () => {
    dev.hasResourceProperties("AWS::ElasticLoadBalancingV2::LoadBalancer", {
      Type: "network",
      Scheme: "internet-facing",
      LoadBalancerAttributes: Match.arrayWith([
        { Key: "deletion_protection.enabled", Value: "true" },
        { Key: "load_balancing.cross_zone.enabled", Value: "true" },
      ]),
    });
    dev.resourceCountIs("AWS::ElasticLoadBalancingV2::Listener", 1);
    dev.hasResourceProperties("AWS::ElasticLoadBalancingV2::Listener", { Port: 443, Protocol: "TCP" });
  });

  it("hands the client's address on by PROXY protocol, to pods that the cluster may register", () => {
    dev.hasResourceProperties("AWS::ElasticLoadBalancingV2::TargetGroup", {
      TargetType: "ip",
      Port: 443,
      Protocol: "TCP",
      Tags: Match.arrayWith([{ Key: "eks:eks-cluster-name", Value: "homeroom-dev" }]),
      TargetGroupAttributes: Match.arrayWith([{ Key: "proxy_protocol_v2.enabled", Value: "true" }]),
    });
  });

  it("opens one port to anyone, and from there one port to the pods", () => {
    dev.hasResourceProperties("AWS::EC2::SecurityGroup", {
      SecurityGroupIngress: [Match.objectLike({ CidrIp: "0.0.0.0/0", FromPort: 443, ToPort: 443 })],
    });
    dev.resourceCountIs("AWS::EC2::SecurityGroupIngress", 1);
    dev.hasResourceProperties("AWS::EC2::SecurityGroupIngress", {
      SourceSecurityGroupId: Match.anyValue(),
      FromPort: 443,
      ToPort: 443,
    });
  });

  it("names the shared hosts, and each tenant's hosts in the tenant's stack", () => {
    expect(records(environments.dev, "edge")).toStrictEqual([
      "analytics1.dev.homeroom.example.",
      "analytics2.dev.homeroom.example.",
      "analytics3.dev.homeroom.example.",
      "studio.dev.homeroom.example.",
      "tokens.dev.homeroom.example.",
    ]);
    expect(records(whole, "tenants")).toStrictEqual(["north.homeroom.example."]);
    expect(records(whole, "tenant-west")).toStrictEqual([
      "studio-west.homeroom.example.",
      "tokens-west.homeroom.example.",
      "west.homeroom.example.",
    ]);
    expect(records(whole, "tenant-east")).toStrictEqual([
      "east.homeroom.example.",
      "studio-east.homeroom.example.",
      "tokens-east.homeroom.example.",
    ]);
  });

  it("points every name at the load balancer", () => {
    dev.allResourcesProperties("AWS::Route53::RecordSet", {
      HostedZoneId: "Z0000000000DEV",
      Type: "A",
      AliasTarget: Match.objectLike({ DNSName: Match.anyValue(), HostedZoneId: Match.anyValue() }),
    });
  });
});
