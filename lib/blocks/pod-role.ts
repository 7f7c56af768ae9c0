import * as eks from "aws-cdk-lib/aws-eks";
import * as iam from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { acknowledge, inlinePolicy } from "../checks/findings/acknowledge.ts";

export interface PodRoleProps {
  readonly clusterName: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly statements: readonly iam.PolicyStatement[];
}

/** The AWS rights of the pods of one service account, by Pod Identity. */
export class PodRole extends Construct {
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: PodRoleProps) {
    super(scope, id);
    const { clusterName, namespace, serviceAccount } = props;
    this.role = new iam.Role(this, "Role", {
      description: `Service account ${namespace}/${serviceAccount}`,
      assumedBy: new iam.SessionTagsPrincipal(new iam.ServicePrincipal("pods.eks.amazonaws.com")),
    });
    for (const statement of props.statements) this.role.addToPolicy(statement);
    acknowledge(this.role, inlinePolicy);
    new eks.CfnPodIdentityAssociation(this, "Association", {
      clusterName,
      namespace,
      serviceAccount,
      roleArn: this.role.roleArn,
    });
  }
}

/**
 * Returns rights to read secrets by their exact names, and to decrypt with their keys through Secrets Manager alone.
 */
export function readsSecrets(
  { region, account }: { readonly region: string; readonly account: string },
  names: readonly string[],
  keyArns: readonly string[],
): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      actions: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
      // Secrets Manager appends a hyphen and six characters of its own to every name.
      resources: names.map((name) => `arn:aws:secretsmanager:${region}:${account}:secret:${name}-??????`),
    }),
    new iam.PolicyStatement({
      actions: ["kms:Decrypt"],
      resources: [...keyArns],
      conditions: { StringEquals: { "kms:ViaService": `secretsmanager.${region}.amazonaws.com` } },
    }),
  ];
}
