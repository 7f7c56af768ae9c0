import { Stack, type StackProps, Validations } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as logs from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { acknowledge, inlinePolicy } from "../checks/findings/acknowledge.ts";
import type { AnalyticsDatabase } from "../config/schema/analytics-database.ts";
import type { Network } from "../config/schema/network.ts";
import type { Region } from "../config/schema/region.ts";
import type { Naming } from "../naming.ts";
import { interfaceEndpoints } from "./endpoints.ts";
import { reachableBuckets, callersOfAccount } from "./endpoint-policies.ts";
import { LogKey } from "../blocks/log-key.ts";
import { NameAllowList } from "./name-allow-list.ts";

export interface NetworkStackProps extends StackProps {
  readonly naming: Naming;
  readonly region: Region;
  readonly network: Network;
  /** The domain under which every host of ours is. */
  readonly domain: string;
  /**
   * The analytics databases of the region: their hosts resolve under an allow-list too, and routes lead to those in
   * another VPC.
   */
  readonly databases: readonly AnalyticsDatabase[];
}

export class NetworkStack extends Stack {
  readonly vpc: ec2.IVpc;
  readonly #zones: string[];

  constructor(scope: Construct, id: string, props: NetworkStackProps) {
    super(scope, id, props);
    this.#zones = props.region.availabilityZones;
    const { egress } = props.network;
    const vpc = new ec2.Vpc(this, "Vpc", {
      ipAddresses: ec2.IpAddresses.cidr(props.region.cidr),
      availabilityZones: this.#zones,
      natGateways: egress.mode === "none" ? 0 : egress.natGateways,
      // Closing it takes a custom resource; nothing of ours uses it, and a promise test holds that.
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: "edge", subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
        {
          name: "workload",
          subnetType: egress.mode === "none" ? ec2.SubnetType.PRIVATE_ISOLATED : ec2.SubnetType.PRIVATE_WITH_EGRESS,
          cidrMask: 19,
        },
        { name: "data", subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
    });
    // Under exactOptionalPropertyTypes the class of CDK 2.276 no longer fits its own interface.
    this.vpc = vpc as ec2.IVpc;
    acknowledge(vpc, {
      reason: "Nothing uses the default group, which a promise test holds; closing it takes a custom resource",
      controls: ["VPCDefaultSecurityGroupClosed"],
    });
    acknowledge(vpc, {
      reason: "The edge subnets hold the load balancer and NAT gateways only; pods and data have no such route",
      controls: ["VPCNoUnrestrictedRouteToIGW"],
    });
    Validations.of(vpc).acknowledge({
      id: "CloudFormation-Validate::W3010",
      reason: "Zones are written in config/ so that synth needs no account and a review sees them",
    });
    this.#logFlows(props);
    this.#reachServices(props.region);
    for (const database of props.databases) this.#route(database);
    if (egress.mode === "allow-list") {
      new NameAllowList(this, "Names", {
        vpcId: this.vpc.vpcId,
        domains: egress.domains,
        internal: [
          "*.internal",
          "*.cluster.local",
          "*.amazonaws.com",
          "*.api.aws",
          "*.eks.amazonaws.com",
          // cert-manager looks whether the proof of a name has spread.
          props.domain,
          `*.${props.domain}`,
          ...props.databases.map(({ host }) => host),
        ],
      });
    }
  }

  // Zones come from configuration, so synth never asks an account for them.
  override get availabilityZones(): string[] {
    return this.#zones;
  }

  #logFlows({ naming, network }: NetworkStackProps): void {
    const logGroupName = naming.logGroup("flow-logs");
    const logGroup = new logs.LogGroup(this, "FlowLogs", {
      logGroupName,
      retention: network.flowLogDays,
      encryptionKey: new LogKey(this, "FlowLogKey", { logGroupName }),
    });
    this.vpc.addFlowLog("Flows", {
      destination: ec2.FlowLogDestination.toCloudWatchLogs(logGroup),
      trafficType: ec2.FlowLogTrafficType.ALL,
    });
    acknowledge(this.vpc, inlinePolicy);
  }

  #reachServices({ cidr }: Region): void {
    const s3 = this.vpc.addGatewayEndpoint("S3", { service: ec2.GatewayVpcEndpointAwsService.S3 });
    for (const statement of reachableBuckets(this)) s3.addToPolicy(statement);
    const securityGroup = new ec2.SecurityGroup(this, "EndpointAccess", {
      vpc: this.vpc,
      description: "Interface endpoints, from inside the VPC",
      allowAllOutbound: false,
    });
    securityGroup.addIngressRule(ec2.Peer.ipv4(cidr), ec2.Port.tcp(443), "TLS from the VPC");
    for (const [name, service] of Object.entries(interfaceEndpoints)) {
      const endpoint = this.vpc.addInterfaceEndpoint(name, {
        service,
        open: false,
        securityGroups: [securityGroup],
        subnets: { subnetGroupName: "workload" },
      });
      endpoint.addToPolicy(callersOfAccount(this));
    }
  }

  #route({ id, cidrs, access }: AnalyticsDatabase): void {
    if (access.mode !== "security-group" || access.route === undefined) return;
    const target = access.route.startsWith("pcx-")
      ? { vpcPeeringConnectionId: access.route }
      : { transitGatewayId: access.route };
    const { subnets } = this.vpc.selectSubnets({ subnetGroupName: "workload" });
    subnets.forEach((subnet, zone) =>
      cidrs.forEach((destinationCidrBlock, block) => {
        new ec2.CfnRoute(this, `To-${id}-${zone}-${block}`, {
          routeTableId: subnet.routeTable.routeTableId,
          destinationCidrBlock,
          ...target,
        });
      }),
    );
  }
}
