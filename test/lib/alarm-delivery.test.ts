import { describe, expect, it } from "@jest/globals";
import { environments, type Resource, synthesise } from "./synthesis.ts";
import { expecting } from "../support/expecting.ts";

type Text = string | readonly string[];

interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | { readonly Service?: Text; readonly AWS?: unknown };
  readonly Action: Text;
  readonly Resource?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const account = "111111111111";
const keyActions = ["kms:Decrypt", "kms:GenerateDataKey"];

/** Services that publish, and what SNS and KMS hear of each beside its name. */
const publishers = [
  { service: "cloudwatch.amazonaws.com", toSns: { "aws:SourceAccount": account }, toKms: {} },
  { service: "events.amazonaws.com", toSns: {}, toKms: {} },
];

const list = (text: Text | undefined): readonly string[] =>
  text === undefined ? [] : typeof text === "string" ? [text] : text;

function statements(resource: Resource | undefined, property: string): Statement[] {
  return (resource?.Properties?.[property] as { Statement: Statement[] } | undefined)?.Statement ?? [];
}

function covers(pattern: string, action: string): boolean {
  return new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(action);
}

function allows(policy: readonly Statement[], service: string, action: string, context: Record<string, string>) {
  return policy.some(
    ({ Effect, Principal, Action, Condition = {} }) =>
      Effect === "Allow" &&
      typeof Principal === "object" &&
      list(Principal.Service).includes(service) &&
      list(Action).some((pattern) => covers(pattern, action)) &&
      Object.entries(Condition).every(
        ([operator, wanted]) =>
          operator === "StringEquals" && Object.entries(wanted).every(([key, value]) => context[key] === value),
      ),
  );
}

describe("an alarm reaches the operator:", () => {
  const synthesis = synthesise(environments.dev);
  const { Resources } = synthesis.json("observability");
  const [[topicId, topic] = ["none", undefined]] = Object.entries(Resources).filter(
    ([, { Type }]) => Type === "AWS::SNS::Topic",
  );
  const toTopic = { Ref: topicId };
  const of = (type: string): Resource[] => Object.values(Resources).filter(({ Type }) => Type === type);

  for (const { service, toSns, toKms } of publishers) {
    it(`the topic takes messages of ${service}, and its key encrypts them`, () => {
      const [policy] = of("AWS::SNS::TopicPolicy");
      expecting(
        "the topic refuses it",
        allows(statements(policy, "PolicyDocument"), service, "sns:Publish", toSns),
      ).toBe(true);
      const [keyId] = (topic?.Properties?.["KmsMasterKeyId"] as { "Fn::GetAtt": [string] })["Fn::GetAtt"];
      for (const action of keyActions) {
        expecting(
          `the key refuses ${action}`,
          allows(statements(Resources[keyId], "KeyPolicy"), service, action, toKms),
        ).toBe(true);
      }
    });
  }

  it("the topic refuses alarms of another account", () => {
    const [policy] = of("AWS::SNS::TopicPolicy");
    expect(
      allows(statements(policy, "PolicyDocument"), "cloudwatch.amazonaws.com", "sns:Publish", {
        "aws:SourceAccount": "222222222222",
      }),
    ).toBe(false);
  });

  it("every alarm and every rule of events sends to it", () => {
    const alarms = of("AWS::CloudWatch::Alarm");
    expect(alarms.length).toBeGreaterThan(20);
    for (const { Properties } of alarms) {
      expecting(String(Properties?.["AlarmName"]), Properties?.["AlarmActions"]).toStrictEqual([toTopic]);
      expecting(String(Properties?.["AlarmName"]), Properties?.["OKActions"]).toStrictEqual([toTopic]);
    }
    const rules = of("AWS::Events::Rule");
    expect(rules.length).toBeGreaterThan(0);
    for (const { Properties } of rules) {
      const targets = Properties?.["Targets"] as { Arn: unknown }[];
      expect(targets.map(({ Arn }) => Arn)).toStrictEqual([toTopic]);
    }
  });

  it("budgets mail without a topic", () => {
    const budgets = synthesis.resources().filter(({ resource }) => resource.Type === "AWS::Budgets::Budget");
    expect(budgets.length).toBeGreaterThan(0);
    for (const { resource } of budgets) {
      const notifications = resource.Properties?.["NotificationsWithSubscribers"] as {
        Subscribers: { SubscriptionType: string }[];
      }[];
      for (const { Subscribers } of notifications) {
        expect(Subscribers.map(({ SubscriptionType }) => SubscriptionType)).toStrictEqual(["EMAIL"]);
      }
    }
  });

  it("Alertmanager's role may publish to its own topic with that topic's key", () => {
    const addons = synthesis.json("addons").Resources;
    const policies = Object.entries(addons).filter(
      ([id, { Type }]) => Type === "AWS::IAM::Policy" && id.startsWith("AlertmanagerRole"),
    );
    const granted = policies.flatMap(([, resource]) => statements(resource, "PolicyDocument"));
    const [[alertsId, alerts] = ["none", undefined]] = Object.entries(addons).filter(
      ([, { Type }]) => Type === "AWS::SNS::Topic",
    );
    const key = alerts?.Properties?.["KmsMasterKeyId"];
    const bySns = { StringEquals: { "kms:ViaService": "sns.ap-southeast-2.amazonaws.com" } };
    const may = (action: string, resource: unknown) =>
      granted.some(
        ({ Effect, Action, Resource, Condition }) =>
          Effect === "Allow" &&
          JSON.stringify(Condition) === (action.startsWith("kms:") ? JSON.stringify(bySns) : undefined) &&
          list(Action).includes(action) &&
          JSON.stringify(Resource) === JSON.stringify(resource),
      );
    expect(may("sns:Publish", { Ref: alertsId })).toBe(true);
    for (const action of keyActions) expecting(action, may(action, key)).toBe(true);
  });
});
