import { Stack } from "aws-cdk-lib";
import { Construct } from "constructs";
import { PodRole, readsSecrets } from "../blocks/pod-role.ts";

export interface SecretReadersProps {
  readonly clusterName: string;
  readonly namespace: string;
  /** The keys that encrypt the secrets. */
  readonly keyArns: readonly string[];
  readonly accounts: readonly {
    readonly id: string;
    readonly serviceAccount: string;
    /** The exact names of the secrets in Secrets Manager. */
    readonly secretNames: readonly string[];
  }[];
}

/** One role per set of secrets: the web cannot read the keys that sign, the token service cannot read a database password. */
export class SecretReaders extends Construct {
  constructor(scope: Construct, id: string, props: SecretReadersProps) {
    super(scope, id);
    for (const { id: name, serviceAccount, secretNames } of props.accounts) {
      new PodRole(this, name, {
        clusterName: props.clusterName,
        namespace: props.namespace,
        serviceAccount,
        statements: readsSecrets(Stack.of(this), secretNames, props.keyArns),
      });
    }
  }
}
