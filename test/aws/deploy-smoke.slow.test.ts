import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ValidateTemplateCommand,
} from "@aws-sdk/client-cloudformation";
import type { CloudAssembly, CloudFormationStackArtifact } from "aws-cdk-lib/cx-api";
import dev from "../../config/dev.ts";
import { type CloudFormation, synthesise } from "../lib/synthesis.ts";
import { type Ministack, startMinistack } from "./ministack.ts";
import { strip } from "./strip.ts";
import { clusterTypes, missingAttributes, refusedProperties, refusedTypes, unproven } from "./unmodelled.ts";
import { expecting } from "../support/expecting.ts";
import { fail, present } from "../support/narrowing.ts";

const stackSeconds = 60;
const home = "ap-southeast-2";
const settled = /_(COMPLETE|FAILED)$/;

interface Reference {
  readonly StackName: string;
  readonly OutputName: string;
}

interface Deployed {
  readonly status: string;
  readonly because: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** Resources by logical id with their status. */
  readonly resources: Readonly<Record<string, string>>;
}

/** Deploys dev as `cdk deploy --all` would; `unmodelled.ts` says what is left out and what a success does not prove. */
describe("the templates of dev on MiniStack", () => {
  let aws: Ministack;
  let assembly: CloudAssembly;
  const clients = new Map<string, CloudFormationClient>();
  const refused = new Set<string>();
  const left = new Map<string, CloudFormation>();
  const deployed = new Map<string, Deployed>();
  const report: string[] = [];

  beforeAll(async () => {
    aws = await startMinistack();
    const zone = await prepare(home);
    assembly = synthesise({ ...dev, edge: { ...dev.edge, hostedZoneId: zone } }).assembly;
    for (const region of new Set(assembly.stacks.map((stack) => stack.environment.region)))
      if (!clients.has(region)) await prepare(region);
    for (const stack of assembly.stacks) await deploy(stack);
  });
  afterAll(async () => {
    for (const client of clients.values()) client.destroy();
    await aws.stop();
  });

  /** MiniStack takes an access key of twelve digits for the account's number. */
  const clientIn = (region: string): CloudFormationClient => {
    const credentials = { ...aws.client.credentials, accessKeyId: dev.account };
    const client = clients.get(region) ?? new CloudFormationClient({ ...aws.client, region, credentials });
    clients.set(region, client);
    return client;
  };

  /**
   * Prepares what docs/operations.md asks for before a deployment: a bootstrapped region and the operator's hosted
   * zone.
   */
  const prepare = async (region: string): Promise<string> => {
    const done = await create(region, "before", {
      Resources: {
        Bootstrap: {
          Type: "AWS::SSM::Parameter",
          Properties: { Name: "/cdk-bootstrap/hnb659fds/version", Type: "String", Value: "30" },
        },
        Zone: { Type: "AWS::Route53::HostedZone", Properties: { Name: dev.edge.domain } },
      },
      Outputs: { Zone: { Value: { Ref: "Zone" } } },
    });
    return done.outputs["Zone"] ?? fail(`no hosted zone: ${done.because}`);
  };

  const create = async (region: string, StackName: string, template: CloudFormation): Promise<Deployed> => {
    const client = clientIn(region);
    const TemplateBody = JSON.stringify(template);
    const Capabilities = ["CAPABILITY_NAMED_IAM" as const];
    try {
      await client.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities, DisableRollback: true }));
    } catch (error) {
      return { status: "REFUSED", because: String(error), outputs: {}, resources: {} };
    }
    for (const until = Date.now() + stackSeconds * 1000; ;) {
      const stack = (await client.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
      const status = stack?.StackStatus ?? "UNKNOWN";
      if (!settled.test(status) && Date.now() < until) {
        await new Promise((wake) => setTimeout(wake, 100));
        continue;
      }
      const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName }));
      const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }));
      const failures = StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith("FAILED"));
      return {
        status,
        because: failures.map((event) => `${event.LogicalResourceId}: ${event.ResourceStatusReason}`).join("\n"),
        outputs: Object.fromEntries((stack?.Outputs ?? []).map((one) => [one.OutputKey ?? "", one.OutputValue ?? ""])),
        resources: Object.fromEntries(
          StackResources.map((one) => [one.LogicalResourceId ?? "", one.ResourceStatus ?? ""]),
        ),
      };
    }
  };

  const deploy = async (stack: CloudFormationStackArtifact): Promise<void> => {
    const { stackName, environment } = stack;
    const whole = stack.template as CloudFormation;
    // The types alone: a template of more than 51200 bytes would have to lie in S3.
    const types = Object.entries(whole.Resources).map(([id, { Type }]) => [id, { Type }] as const);
    await clientIn(environment.region)
      .send(new ValidateTemplateCommand({ TemplateBody: JSON.stringify({ Resources: Object.fromEntries(types) }) }))
      .catch((error: unknown) => {
        const named = /Unrecognized resource types: \[([^\]]*)\]/.exec(String(error))?.[1] ?? fail(String(error));
        for (const type of named.split(", ")) refused.add(type);
      });
    const { template: rest, removed } = strip(whole, {
      types: [...refusedTypes, ...clusterTypes],
      properties: refusedProperties,
      attributes: missingAttributes,
    });
    const probes: Record<string, unknown> = {};
    for (const [key, reference] of Object.entries(references(whole)))
      probes[key] = { Value: { "Fn::GetStackOutput": reference } };
    const done = await create(environment.region, stackName, {
      ...rest,
      Outputs: { ...rest.Outputs, ...probes },
    });
    left.set(stackName, rest);
    deployed.set(stackName, done);
    const stripped = Object.entries(removed).map(([type, ids]) => `${ids.length} ${type}`);
    report.push(
      `${stackName}: ${done.status}, ${Object.keys(done.resources).length} resources, ${Object.keys(probes).length} references; ` +
        `stripped: ${stripped.join(", ") || "nothing"}`,
    );
  };

  it("become stacks in the order of a deploy, with every resource that is left", () => {
    for (const line of [...report, ...unproven.map((what) => `not proven: ${what}`)]) console.log(line);
    expecting(`only ${deployed.size} stacks`, deployed.size).toBeGreaterThan(10);
    for (const [name, { status, because, resources }] of deployed) {
      expecting(`${name}: ${because}`, status).toBe("CREATE_COMPLETE");
      const created = Object.keys(resources).filter((id) => resources[id] === "CREATE_COMPLETE");
      expecting(name, created.sort()).toStrictEqual(Object.keys(left.get(name)?.Resources ?? {}).sort());
    }
  });

  it("read from each other what the other stack answers, and wait for it", () => {
    let read = 0;
    const placeholders = new Set<string>();
    for (const stack of assembly.stacks) {
      const before = producersOf(stack);
      for (const [key, { StackName, OutputName }] of Object.entries(references(stack.template))) {
        const expected = deployed.get(StackName)?.outputs[OutputName];
        present(expected, `${StackName} answers no ${OutputName}`);
        expecting(`${StackName} answers no ${OutputName}`, expected).not.toBe("");
        expecting(`${stack.stackName}: ${OutputName}`, deployed.get(stack.stackName)?.outputs[key]).toBe(expected);
        expecting(`cdk deploy ${stack.stackName} would not deploy ${StackName} first`, before).toContain(StackName);
        if (expected.startsWith("stripped-")) placeholders.add(`${StackName}.${OutputName}`);
        read += 1;
      }
    }
    console.log(`${read} references; a placeholder stands for ${[...placeholders].join(", ") || "none"}`);
    expecting(`only ${read} references were read`, read).toBeGreaterThan(50);
  });

  it("lose exactly the types that MiniStack refuses", () => {
    expect([...refused].sort()).toStrictEqual([...refusedTypes].sort());
    const used = new Set(assembly.stacks.flatMap((stack) => typesOf(stack.template as CloudFormation)));
    expect(clusterTypes.filter((type) => !used.has(type))).toStrictEqual([]);
  });

  it("lose exactly the properties that MiniStack refuses", async () => {
    const whole = assembly.stacks.flatMap((stack) => Object.values((stack.template as CloudFormation).Resources));
    for (const [type, property] of Object.entries(refusedProperties)) {
      const One = whole.find(({ Type, Properties = {} }) => Type === type && property in Properties);
      present(One, `no ${type} has ${property}: take it off the list`);
      const { status, because } = await create(home, `property-${property}`, { Resources: { One } });
      expecting(`MiniStack takes ${property} now: take it off the list`, status).not.toBe("CREATE_COMPLETE");
      expect(because).toMatch(new RegExp(`Properties\\.${property}`));
    }
  });

  it("lose exactly the attributes that MiniStack lacks", async () => {
    const Properties = { Engine: "postgres", DBInstanceClass: "db.t4g.micro", AllocatedStorage: "20" };
    for (const [Type, attribute] of Object.entries(missingAttributes)) {
      const Outputs = { Attribute: { Value: { "Fn::GetAtt": ["One", attribute] } } };
      const { status, because } = await create(home, "attribute", {
        Resources: { One: { Type, Properties } },
        Outputs,
      });
      expecting(`${Type} has ${attribute} now: take it off the list`, status).toBe("CREATE_FAILED");
      expect(because).toMatch(/does not exist in schema/);
    }
  });
});

function typesOf({ Resources }: CloudFormation): string[] {
  return Object.values(Resources).map(({ Type }) => Type);
}

/** The outputs of other stacks that a template reads, each once, by a key that may stand among its outputs. */
function references(template: unknown): Record<string, Reference> {
  const found = new Map<string, Reference>();
  const walk = (value: unknown): void => {
    if (value === null || typeof value !== "object") return;
    for (const [key, child] of Object.entries(value)) {
      if (key === "Fn::GetStackOutput") found.set(JSON.stringify(child), child as Reference);
      else walk(child);
    }
  };
  walk(template);
  return Object.fromEntries([...found.values()].map((reference, index) => [`Read${index}`, reference]));
}

/** Every stack that `cdk deploy` puts before this one. */
function producersOf(stack: CloudFormationStackArtifact): Set<string> {
  const found = new Set<string>();
  const add = (artifact: CloudFormationStackArtifact): void => {
    for (const other of artifact.dependencies) {
      if (!("stackName" in other)) continue;
      const producer = other as CloudFormationStackArtifact;
      if (found.has(producer.stackName)) continue;
      found.add(producer.stackName);
      add(producer);
    }
  };
  add(stack);
  return found;
}
