import { Stack, type StackProps } from "aws-cdk-lib";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import * as eks from "aws-cdk-lib/aws-eks-v2";
import type * as iam from "aws-cdk-lib/aws-iam";
import type * as kms from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import { grafanaSecretClass } from "../../charts/addons/cluster/grafana-secret.ts";
import { addonPolicies } from "../../charts/addons/cluster/addon-policies.ts";
import { ingressAccess } from "../../charts/addons/cluster/ingress-access.ts";
import { addonNamespaces } from "../../charts/addons/cluster/namespaces.ts";
import { autoModeNodes } from "../../charts/addons/cluster/nodes.ts";
import { encryptedStorageClass } from "../../charts/addons/cluster/storage-class.ts";
import { targetGroupBinding } from "../../charts/addons/cluster/target-group.ts";
import { dns01ClusterIssuer } from "../../charts/addons/helm/cert-manager.ts";
import { privateCaClusterIssuer } from "../../charts/addons/helm/private-ca.ts";
import { addonReleases } from "../../charts/addons/helm/releases.ts";
import { instanceNamespace } from "../../charts/superset/namespace.ts";
import type { Addons } from "../config/schema/addons.ts";
import { type Cluster, dnsAddress, kubernetesAddress } from "../config/schema/cluster.ts";
import type { Edge } from "../config/schema/edge.ts";
import { isOn } from "../config/schema/protection.ts";
import type { Naming } from "../naming.ts";
import { addonRoles } from "./addon-roles.ts";
import { AlertTopic } from "./alert-topic.ts";
import { DiskKey } from "./disk-key.ts";
import { LogStore } from "./log-store.ts";
import { Releases } from "./releases.ts";

export interface AddonsStackProps extends StackProps {
  readonly naming: Naming;
  readonly cluster: eks.ICluster;
  readonly config: Cluster;
  readonly addons: Addons;
  readonly edge: Edge;
  readonly vpc: ec2.IVpc;
  /** The role that makes the disks of nodes and volumes; it may use the disk key. */
  readonly diskRole: iam.IRole;
  /** Name of the role of Auto Mode's nodes. */
  readonly nodeRoleName: string | undefined;
  /** The instances of Superset in the cluster, each with the tenant label of its logs and its own names. */
  readonly instances: readonly { readonly tenant: string; readonly naming: Naming }[];
  /** Keys of the secrets that hold the brokers' passwords. */
  readonly brokerKeyArns: readonly string[];
  readonly alarmEmail: string;
  readonly mountRefreshMinutes: number;
  /**
   * The target group of the load balancer that the ingress controller's pods join. @default the controller asks for a
   * load balancer
   */
  readonly targetGroupArn?: string;
}

const metricDays = 30;
const httpsPort = 443;

/** The add-ons of the cluster: rules for its nodes, the releases of contract/addons.json and the AWS rights of each. */
export class AddonsStack extends Stack {
  constructor(scope: Construct, id: string, props: AddonsStackProps) {
    super(scope, id, props);
    const diskKey = new DiskKey(this, "DiskKey", props.diskRole);
    const logs = new LogStore(this, "Logs", { logDays: props.config.logDays });
    const alerts = new AlertTopic(this, "Alerts", { email: props.alarmEmail });
    const roles = addonRoles(this, { ...props, compute: props.config.compute.mode, logs, alerts });
    const prerequisites = this.#apply("Prerequisites", props.cluster, [
      ...addonNamespaces(),
      encryptedStorageClass(props.config.compute.mode, diskKey.keyArn),
      ...this.#nodes(props, diskKey),
    ]);
    const policies = this.#apply("Policies", props.cluster, this.#policies(props));
    policies.node.addDependency(prerequisites);
    const namespaces = this.#instanceNamespaces(props);
    namespaces.node.addDependency(prerequisites);
    const releases = this.#releases(props, logs, alerts);
    // A pod that starts before its association exists has no credentials until it is restarted.
    releases.node.addDependency(policies, namespaces, ...roles);
    this.#joinReleases(props, releases);
  }

  #instanceNamespaces({ cluster, instances }: AddonsStackProps): eks.KubernetesManifest {
    return this.#apply(
      "InstanceNamespaces",
      cluster,
      [
        ...instances.map(({ tenant, naming: { environment, namespace } }) =>
          instanceNamespace({ environment, tenant, namespace }),
        ),
        ...ingressAccess(instances.map(({ naming }) => naming.namespace)),
      ],
      // What runs in a namespace goes with its own stack, while KEDA still lets its objects go.
      { prune: false },
    );
  }

  #releases(props: AddonsStackProps, logs: LogStore, alerts: AlertTopic): Releases {
    const { cluster, config, instances } = props;
    return new Releases(this, "Releases", {
      cluster,
      releases: addonReleases({
        registry: `${this.account}.dkr.ecr.${this.region}.amazonaws.com`,
        region: this.region,
        digests: props.addons.images,
        clusterName: cluster.clusterName,
        vpcId: props.vpc.vpcId,
        compute: config.compute.mode,
        certificates: props.edge.certificates.mode,
        instanceNamespaces: instances.map(({ naming }) => naming.namespace),
        logTenants: instances.map(({ tenant }) => tenant),
        dnsAddress,
        loadBalancerCidrs: cidrsOf(props.vpc, "edge"),
        ...(props.targetGroupArn !== undefined && { targetGroupArn: props.targetGroupArn }),
        chunksBucket: logs.bucket.bucketName,
        rulerBucket: logs.bucket.bucketName,
        secretRefreshMinutes: props.mountRefreshMinutes,
        logDays: config.logDays,
        metricDays,
        highlyAvailable: isOn(props.addons.highlyAvailable),
        alarms: { arn: alerts.topic.topicArn, region: this.region },
      }),
    });
  }

  /** Applies the objects that need one release and that another one needs. */
  #joinReleases(props: AddonsStackProps, releases: Releases): void {
    const { cluster, edge, config, targetGroupArn } = props;
    const grafana = this.#apply("GrafanaSecret", cluster, [
      grafanaSecretClass(props.naming.secret("grafana-admin"), this.region),
    ]);
    releases.before(grafana, "secrets-store-csi-driver-provider-aws");
    releases.after(grafana, "grafana");
    const issuer = this.#apply("Issuer", cluster, [this.#issuer(props)]);
    releases.before(issuer, edge.certificates.mode === "private-ca" ? "aws-privateca-issuer" : "cert-manager");
    if (targetGroupArn !== undefined) {
      const compute = config.compute.mode;
      const binding = this.#apply("Edge", cluster, [
        targetGroupBinding({ compute, targetGroupArn, port: httpsPort, name: "https" }),
      ]);
      releases.before(binding, "nginx-ingress");
    }
  }

  #apply(
    id: string,
    cluster: eks.ICluster,
    objects: readonly object[],
    options: { readonly prune?: boolean } = {},
  ): eks.KubernetesManifest {
    const manifest = objects.map((object) => ({ ...object }));
    return new eks.KubernetesManifest(this, id, { cluster, manifest, overwrite: true, ...options });
  }

  #nodes({ nodeRoleName, vpc, cluster }: AddonsStackProps, diskKey: kms.IKey): object[] {
    if (nodeRoleName === undefined) return [];
    return autoModeNodes({
      roleName: nodeRoleName,
      subnetIds: vpc.selectSubnets({ subnetGroupName: "workload" }).subnetIds,
      securityGroupId: cluster.clusterSecurityGroupId,
      diskKeyArn: diskKey.keyArn,
    });
  }

  #policies({ vpc, edge, instances }: AddonsStackProps): object[] {
    return addonPolicies({
      kubernetesAddress,
      dnsAddress,
      workloadCidrs: cidrsOf(vpc, "workload"),
      loadBalancerCidrs: cidrsOf(vpc, "edge"),
      dataCidrs: cidrsOf(vpc, "data"),
      instanceNamespaces: instances.map(({ naming }) => naming.namespace),
      certificates: edge.certificates.mode,
    });
  }

  #issuer({ edge }: AddonsStackProps): object {
    const { certificates, hostedZoneId } = edge;
    if (certificates.mode === "private-ca") {
      return privateCaClusterIssuer({
        name: certificates.mode,
        region: this.region,
        authorityArn: certificates.authorityArn,
      });
    }
    return dns01ClusterIssuer({
      name: certificates.mode,
      region: this.region,
      hostedZoneId,
      acmeServer: "https://acme-v02.api.letsencrypt.org/directory",
      email: certificates.contact,
    });
  }
}

function cidrsOf(vpc: ec2.IVpc, subnetGroupName: string): string[] {
  return vpc.selectSubnets({ subnetGroupName }).subnets.map((subnet) => subnet.ipv4CidrBlock);
}
