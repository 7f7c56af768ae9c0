import { Stack, type StackProps } from "aws-cdk-lib";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import * as eks from "aws-cdk-lib/aws-eks-v2";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import { RemovalPolicy } from "aws-cdk-lib";
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
import { grafanaSecret, monitoringNamespace, platform } from "../../contract/index.ts";
import { GeneratedSecret } from "../blocks/generated-secret.ts";
import { PodRole, readsSecrets } from "../blocks/pod-role.ts";
import type { Addons } from "../config/schema/addons.ts";
import { type Cluster, dnsAddress, kubernetesAddress } from "../config/schema/cluster.ts";
import type { Edge } from "../config/schema/edge.ts";
import { isOn } from "../config/schema/protection.ts";
import { acknowledge } from "../checks/findings/acknowledge.ts";
import type { Naming } from "../naming.ts";
import { AlertTopic } from "./alert-topic.ts";
import { provesDomain, signsCertificates } from "./certificate-access.ts";
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
    const { cluster, edge, config, instances } = props;
    const compute = config.compute.mode;
    const diskKey = new DiskKey(this, "DiskKey", props.diskRole);
    const logs = new LogStore(this, "Logs", { logDays: config.logDays });
    const alerts = new AlertTopic(this, "Alerts", { email: props.alarmEmail });
    const roles = this.#roles(props, logs, alerts);
    const prerequisites = this.#apply("Ground", cluster, [
      ...addonNamespaces(),
      encryptedStorageClass(compute, diskKey.keyArn),
      ...this.#nodes(props, diskKey),
    ]);
    const policies = this.#apply("Policies", cluster, this.#policies(props));
    policies.node.addDependency(prerequisites);
    const namespaces = this.#apply(
      "Places",
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
    namespaces.node.addDependency(prerequisites);
    const releases = new Releases(this, "Releases", {
      cluster,
      releases: addonReleases({
        registry: `${this.account}.dkr.ecr.${this.region}.amazonaws.com`,
        region: this.region,
        digests: props.addons.images,
        clusterName: cluster.clusterName,
        vpcId: props.vpc.vpcId,
        compute,
        certificates: edge.certificates.mode,
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
    // A pod that starts before its association exists has no credentials until it is restarted.
    releases.node.addDependency(policies, namespaces, ...roles);
    const grafana = this.#apply("GrafanaSecret", cluster, [
      grafanaSecretClass(props.naming.secret("grafana-admin"), this.region),
    ]);
    releases.before(grafana, "secrets-store-csi-driver-provider-aws");
    releases.after(grafana, "grafana");
    const issuer = this.#apply("Issuer", cluster, [this.#issuer(props)]);
    releases.before(issuer, edge.certificates.mode === "private-ca" ? "aws-privateca-issuer" : "cert-manager");
    if (props.targetGroupArn !== undefined) {
      const binding = this.#apply("Edge", cluster, [
        targetGroupBinding({ compute, targetGroupArn: props.targetGroupArn, port: httpsPort, name: "https" }),
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

  #roles(props: AddonsStackProps, logs: LogStore, alerts: AlertTopic): PodRole[] {
    const { edge, instances, brokerKeyArns } = props;
    const role = (id: string, namespace: string, serviceAccount: string, statements: iam.PolicyStatement[]): PodRole =>
      new PodRole(this, `${id}Role`, {
        clusterName: props.cluster.clusterName,
        namespace,
        serviceAccount,
        statements,
      });
    const certificates =
      edge.certificates.mode === "private-ca"
        ? role("PrivateCa", "cert-manager", "aws-privateca-issuer", signsCertificates(edge.certificates))
        : role("CertManager", "cert-manager", "cert-manager", provesDomain(edge.hostedZoneId));
    if (edge.certificates.mode === "public-ca") {
      acknowledge(certificates.role, {
        reason: "GetChange tells whether a change has spread; the ids of changes are not known before they are made",
        solutions: ["IAM5[Resource::arn:aws:route53:::change/*]"],
      });
    }
    const broker = platform.secretFiles.brokerRedisPassword;
    const names = instances.map(({ naming }) => naming.secret(broker));
    const store = role("Loki", "logs", "loki", logs.access());
    acknowledge(store.role, {
      reason: "Loki names its objects itself; the bucket holds nothing else",
      solutions: [`IAM5[Resource::<${this.getLogicalId(cfn(logs.bucket))}.Arn>/*]`],
    });
    return [
      certificates,
      role("Keda", "keda", "keda-operator", readsSecrets(this, names, brokerKeyArns)),
      store,
      role("Grafana", monitoringNamespace, grafanaSecret.serviceAccount, this.#grafanaPassword(props.naming)),
      role("Alertmanager", monitoringNamespace, "alertmanager", alerts.access()),
      ...(props.config.compute.mode === "nodegroups" ? [this.#balancing(role)] : []),
    ];
  }

  #grafanaPassword(naming: Naming): iam.PolicyStatement[] {
    const key = new kms.Key(this, "GrafanaKey", {
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
      description: "Password of Grafana's administrator",
    });
    const secretName = naming.secret("grafana-admin");
    new GeneratedSecret(this, "GrafanaPassword", {
      secretName,
      description: "Grafana's administrator; Grafana has no state, so a new value holds from its next start",
      key,
      rotatedBy: "an operator with the runbook",
    });
    return readsSecrets(this, [secretName], [key.keyArn]);
  }

  /**
   * Rights of the load balancer controller, which only joins pods to target groups: no load balancer is made from
   * inside this cluster.
   */
  #balancing(
    role: (id: string, namespace: string, account: string, statements: iam.PolicyStatement[]) => PodRole,
  ): PodRole {
    const balancing = role("LoadBalancer", "kube-system", "aws-load-balancer-controller", [
      new iam.PolicyStatement({
        actions: [
          "ec2:DescribeAvailabilityZones",
          "ec2:DescribeInstances",
          "ec2:DescribeNetworkInterfaces",
          "ec2:DescribeSecurityGroups",
          "ec2:DescribeSubnets",
          "ec2:DescribeVpcs",
          "elasticloadbalancing:DescribeTargetGroups",
          "elasticloadbalancing:DescribeTargetHealth",
        ],
        resources: ["*"],
      }),
      new iam.PolicyStatement({
        actions: ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"],
        resources: [`arn:aws:elasticloadbalancing:${this.region}:${this.account}:targetgroup/*`],
      }),
    ]);
    acknowledge(balancing.role, {
      reason: "Describe actions of EC2 and load balancing know no resources; targets join groups of this account alone",
      solutions: [
        "IAM5[Resource::*]",
        `IAM5[Resource::arn:aws:elasticloadbalancing:${this.region}:${this.account}:targetgroup/*]`,
      ],
    });
    return balancing;
  }
}

function cidrsOf(vpc: ec2.IVpc, subnetGroupName: string): string[] {
  return vpc.selectSubnets({ subnetGroupName }).subnets.map((subnet) => subnet.ipv4CidrBlock);
}

function cfn(bucket: { readonly node: { readonly defaultChild?: unknown } }) {
  return bucket.node.defaultChild as Parameters<Stack["getLogicalId"]>[0];
}
