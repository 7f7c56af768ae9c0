import { Stack } from "aws-cdk-lib";
import * as kms from "aws-cdk-lib/aws-kms";
import * as iam from "aws-cdk-lib/aws-iam";
import * as sns from "aws-cdk-lib/aws-sns";
import * as subscriptions from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";

/** The topic that Alertmanager sends alerts of the cluster's rules to. */
export class AlertTopic extends Construct {
  readonly topic: sns.Topic;
  readonly #key: kms.Key;

  constructor(scope: Construct, id: string, props: { readonly email: string }) {
    super(scope, id);
    this.#key = new kms.Key(this, "Key", { enableKeyRotation: true, description: "Alerts of the cluster" });
    this.topic = new sns.Topic(this, "Topic", { masterKey: this.#key, enforceSSL: true });
    this.topic.addSubscription(new subscriptions.EmailSubscription(props.email));
  }

  access(): iam.PolicyStatement[] {
    return [
      new iam.PolicyStatement({ actions: ["sns:Publish"], resources: [this.topic.topicArn] }),
      new iam.PolicyStatement({
        actions: ["kms:Decrypt", "kms:GenerateDataKey"],
        resources: [this.#key.keyArn],
        conditions: { StringEquals: { "kms:ViaService": `sns.${Stack.of(this).region}.amazonaws.com` } },
      }),
    ];
  }
}
