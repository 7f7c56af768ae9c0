import { Stack } from "aws-cdk-lib";
import * as eks from "aws-cdk-lib/aws-eks";
import * as iam from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { acknowledge, inlinePolicy } from "../findings/acknowledge.ts";

export interface SecretReadersProps {
  readonly clusterName: string;
  readonly namespace: string;
  /** Keys that the secrets are encrypted with. */
  readonly keyArns: readonly string[];
  readonly accounts: readonly {
    readonly id: string;
    readonly serviceAccount: string;
    /** Exact names in Secrets Manager. */
    readonly secretNames: readonly string[];
  }[];
}

/** One role per set of secrets: the web cannot read the keys that sign, the token service cannot read a database password. */
export class SecretReaders extends Construct {
  constructor(scope: Construct, id: string, props: SecretReadersProps) {
    super(scope, id);
    const { region, account } = Stack.of(this);
    for (const { id: name, serviceAccount, secretNames } of props.accounts) {
      const role = new iam.Role(this, name, {
        description: `Service account ${props.namespace}/${serviceAccount}`,
        assumedBy: new iam.SessionTagsPrincipal(new iam.ServicePrincipal("pods.eks.amazonaws.com")),
      });
      role.addToPolicy(
        new iam.PolicyStatement({
          actions: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
          // Secrets Manager appends a hyphen and six characters of its own to every name.
          resources: secretNames.map((secret) => `arn:aws:secretsmanager:${region}:${account}:secret:${secret}-??????`),
        }),
      );
      role.addToPolicy(
        new iam.PolicyStatement({
          actions: ["kms:Decrypt"],
          resources: [...props.keyArns],
          conditions: { StringEquals: { "kms:ViaService": `secretsmanager.${region}.amazonaws.com` } },
        }),
      );
      acknowledge(role, inlinePolicy);
      new eks.CfnPodIdentityAssociation(this, `${name}Association`, {
        clusterName: props.clusterName,
        namespace: props.namespace,
        serviceAccount,
        roleArn: role.roleArn,
      });
    }
  }
}
