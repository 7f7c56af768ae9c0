import { RemovalPolicy, Stack } from "aws-cdk-lib";
import type * as eks from "aws-cdk-lib/aws-eks-v2";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import { grafanaSecret, monitoringNamespace, platform } from "../../contract/index.ts";
import { GeneratedSecret } from "../blocks/generated-secret.ts";
import { PodRole, readsSecrets } from "../blocks/pod-role.ts";
import { acknowledge } from "../checks/findings/acknowledge.ts";
import type { Cluster } from "../config/schema/cluster.ts";
import type { Edge } from "../config/schema/edge.ts";
import type { Naming } from "../naming.ts";
import type { AlertTopic } from "./alert-topic.ts";
import { provesDomain, signsCertificates } from "./certificate-access.ts";
import type { LogStore } from "./log-store.ts";

export interface AddonRolesProps {
  readonly naming: Naming;
  readonly cluster: eks.ICluster;
  readonly compute: Cluster["compute"]["mode"];
  readonly edge: Edge;
  readonly instances: readonly { readonly naming: Naming }[];
  /** Keys of the secrets that hold the brokers' passwords. */
  readonly brokerKeyArns: readonly string[];
  readonly logs: LogStore;
  readonly alerts: AlertTopic;
}

type MakeRole = (
  id: string,
  namespace: string,
  serviceAccount: string,
  statements: readonly iam.PolicyStatement[],
) => PodRole;

/** Makes the AWS rights of each add-on that calls AWS. */
export function addonRoles(stack: Stack, props: AddonRolesProps): PodRole[] {
  const { clusterName } = props.cluster;
  const role: MakeRole = (id, namespace, serviceAccount, statements) =>
    new PodRole(stack, `${id}Role`, { clusterName, namespace, serviceAccount, statements });
  const brokerPasswords = props.instances.map(({ naming }) => naming.secret(platform.secretFiles.brokerRedisPassword));
  const grafanaPassword = makeGrafanaPassword(stack, props.naming);
  return [
    certificateRole(role, props.edge),
    role("Keda", "keda", "keda-operator", readsSecrets(stack, brokerPasswords, props.brokerKeyArns)),
    lokiRole(role, props.logs),
    role("Grafana", monitoringNamespace, grafanaSecret.serviceAccount, grafanaPassword),
    role("Alertmanager", monitoringNamespace, "alertmanager", props.alerts.access()),
    ...(props.compute === "nodegroups" ? [loadBalancerRole(role, stack)] : []),
  ];
}

function certificateRole(role: MakeRole, { certificates, hostedZoneId }: Edge): PodRole {
  if (certificates.mode === "private-ca")
    return role("PrivateCa", "cert-manager", "aws-privateca-issuer", signsCertificates(certificates));
  const made = role("CertManager", "cert-manager", "cert-manager", provesDomain(hostedZoneId));
  acknowledge(made.role, {
    reason: "GetChange tells whether a change has spread; the ids of changes are not known before they are made",
    solutions: ["IAM5[Resource::arn:aws:route53:::change/*]"],
  });
  return made;
}

function lokiRole(role: MakeRole, logs: LogStore): PodRole {
  const made = role("Loki", "logs", "loki", logs.access());
  const bucket = logs.bucket.node.defaultChild as Parameters<Stack["getLogicalId"]>[0];
  acknowledge(made.role, {
    reason: "Loki names its objects itself; the bucket holds nothing else",
    solutions: [`IAM5[Resource::<${Stack.of(logs).getLogicalId(bucket)}.Arn>/*]`],
  });
  return made;
}

/** Makes the password of Grafana's administrator, and returns the rights to read it. */
function makeGrafanaPassword(stack: Stack, naming: Naming): iam.PolicyStatement[] {
  const key = new kms.Key(stack, "GrafanaKey", {
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN,
    description: "Password of Grafana's administrator",
  });
  const secretName = naming.secret("grafana-admin");
  new GeneratedSecret(stack, "GrafanaPassword", {
    secretName,
    description: "Grafana's administrator; Grafana has no state, so a new value holds from its next start",
    key,
    rotatedBy: "an operator with the runbook",
  });
  return readsSecrets(stack, [secretName], [key.keyArn]);
}

/**
 * Makes the rights of the load balancer controller, which only joins pods to target groups: no load balancer is made
 * from inside this cluster.
 */
function loadBalancerRole(role: MakeRole, { region, account }: Stack): PodRole {
  const targetGroups = `arn:aws:elasticloadbalancing:${region}:${account}:targetgroup/*`;
  const made = role("LoadBalancer", "kube-system", "aws-load-balancer-controller", [
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
      resources: [targetGroups],
    }),
  ]);
  acknowledge(made.role, {
    reason: "Describe actions of EC2 and load balancing know no resources; targets join groups of this account alone",
    solutions: ["IAM5[Resource::*]", `IAM5[Resource::${targetGroups}]`],
  });
  return made;
}
