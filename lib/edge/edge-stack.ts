import { Duration, Stack, type StackProps, Tags } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as elb from "aws-cdk-lib/aws-elasticloadbalancingv2";
import type { Construct } from "constructs";
import { AliasRecords } from "../blocks/alias-records.ts";
import type { Edge, Hosts } from "../config/schema/edge.ts";
import { acknowledge } from "../checks/findings/acknowledge.ts";
import { loadBalancerGroupDescription, type Naming } from "../naming.ts";

export interface EdgeStackProps extends StackProps {
  readonly naming: Naming;
  readonly vpc: ec2.IVpc;
  readonly edge: Edge;
  /** The hosts of the shared Superset; each tenant's hosts are in the tenant's stack. */
  readonly hosts: Hosts;
  /** Security group of the nodes, on which the ingress controller's pods answer. */
  readonly podsSecurityGroupId: string;
}

const httpsPort = 443;

/**
 * The load balancer, the one way in: TCP on 443, passed through to nginx with the client's address (PROXY protocol
 * v2). TLS ends in the cluster. Nothing answers on 80. The cluster joins its pods to the target group by a
 * TargetGroupBinding (ADR 12).
 */
export class EdgeStack extends Stack {
  readonly loadBalancer: elb.NetworkLoadBalancer;
  readonly targetGroup: elb.NetworkTargetGroup;

  constructor(scope: Construct, id: string, props: EdgeStackProps) {
    super(scope, id, props);
    const { naming, vpc, hosts, edge } = props;
    const securityGroup = this.#makeSecurityGroup(props);
    this.loadBalancer = new elb.NetworkLoadBalancer(this, "LoadBalancer", {
      vpc,
      internetFacing: true,
      vpcSubnets: { subnetGroupName: "edge" },
      securityGroups: [securityGroup],
      crossZoneEnabled: true,
      deletionProtection: true,
    });
    this.targetGroup = new elb.NetworkTargetGroup(this, "Https", {
      vpc,
      port: httpsPort,
      protocol: elb.Protocol.TCP,
      targetType: elb.TargetType.IP,
      proxyProtocolV2: true,
      preserveClientIp: false,
      deregistrationDelay: Duration.seconds(60),
      healthCheck: { protocol: elb.Protocol.TCP, interval: Duration.seconds(10) },
    });
    // Auto Mode may register pods only with groups that carry the cluster's name.
    Tags.of(this.targetGroup).add("eks:eks-cluster-name", naming.cluster);
    this.loadBalancer.addListener("Listener", {
      port: httpsPort,
      protocol: elb.Protocol.TCP,
      defaultTargetGroups: [this.targetGroup],
    });
    acknowledge(this.loadBalancer, {
      reason: "It passes TCP: it writes access logs for TLS listeners alone. nginx logs requests, the VPC every flow",
      solutions: ["ELB2"],
      controls: ["ELBLoggingEnabled"],
    });
    acknowledge(this.loadBalancer, {
      reason: "TLS 1.2 and 1.3 end at nginx inside the cluster, with certificates of cert-manager",
      controls: ["ELBv2ACMCertificateRequired", "ELBTlsHttpsListenersOnly"],
    });
    new AliasRecords(this, "Records", {
      hostedZoneId: edge.hostedZoneId,
      hosts: [...hosts.embed, hosts.studio, hosts.tokens],
      target: this.alias,
    });
  }

  get alias(): { dnsName: string; hostedZoneId: string } {
    return {
      dnsName: this.loadBalancer.loadBalancerDnsName,
      hostedZoneId: this.loadBalancer.loadBalancerCanonicalHostedZoneId,
    };
  }

  #makeSecurityGroup({ vpc, podsSecurityGroupId }: EdgeStackProps): ec2.SecurityGroup {
    const group = new ec2.SecurityGroup(this, "Access", {
      vpc,
      description: loadBalancerGroupDescription,
      allowAllOutbound: false,
    });
    group.addIngressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(httpsPort), "Browsers");
    acknowledge(group, {
      reason: "Browsers of schools come from everywhere; 443 is the only port, and nginx refuses unknown names",
      solutions: ["EC23"],
    });
    const between = { ipProtocol: "tcp", fromPort: httpsPort, toPort: httpsPort };
    new ec2.CfnSecurityGroupEgress(this, "ToPods", {
      ...between,
      groupId: group.securityGroupId,
      destinationSecurityGroupId: podsSecurityGroupId,
      description: "nginx",
    });
    new ec2.CfnSecurityGroupIngress(this, "FromLoadBalancer", {
      ...between,
      groupId: podsSecurityGroupId,
      sourceSecurityGroupId: group.securityGroupId,
      description: "nginx from the load balancer",
    });
    return group;
  }
}
