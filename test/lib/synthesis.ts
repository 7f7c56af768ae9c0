import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import type { CloudAssembly } from "aws-cdk-lib/cx-api";
import cdk from "../../cdk.json" with { type: "json" };
import dev from "../../config/dev.ts";
import prod from "../../config/prod.ts";
import type { DeploymentInput } from "../../lib/config/schema/deployment.ts";
import { parseDeployment } from "../../lib/config/parse.ts";
import { addPlatform } from "../../lib/platform.ts";
import { manifestObjects } from "../../lib/checks/manifest-text.ts";
import { cachedAssembly } from "./synthesis-cache.ts";

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: string | readonly string[];
}

export interface CloudFormation {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
}

export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, string>>;
}

export class Synthesis {
  readonly #templates = new Map<string, Template>();

  constructor(
    readonly deployment: DeploymentInput,
    readonly assembly: CloudAssembly,
  ) {}

  /** Template of a stack by its subject, such as "data". */
  template(subject: string): Template {
    const known = this.#templates.get(subject);
    if (known !== undefined) return known;
    const template = Template.fromJSON({ ...this.json(subject) });
    this.#templates.set(subject, template);
    return template;
  }

  json(subject: string): CloudFormation {
    const stack = this.stacks.find((candidate) => candidate.subject === subject);
    if (stack === undefined)
      throw new Error(`no stack "${subject}" in ${this.stacks.map(({ name }) => name).join(", ")}`);
    return stack.template;
  }

  get stacks(): { readonly name: string; readonly subject: string; readonly template: CloudFormation }[] {
    return this.assembly.stacks.map((stack) => ({
      name: stack.stackName,
      subject: stack.stackName.replace(/^homeroom-[a-z0-9]+-[a-z]+-[a-z]+-\d-/, ""),
      template: stack.template as CloudFormation,
    }));
  }

  /** Kubernetes objects that a stack applies; what is known at deploy alone is a placeholder. */
  objects(subject: string): KubernetesObject[] {
    return Object.values(this.json(subject).Resources)
      .filter(({ Type }) => Type === "Custom::AWSCDK-EKS-KubernetesResource")
      .flatMap(({ Properties }) => manifestObjects(Properties?.["Manifest"]) as KubernetesObject[]);
  }

  resources(): { readonly stack: string; readonly id: string; readonly resource: Resource }[] {
    return this.stacks.flatMap(({ subject, template }) =>
      Object.entries(template.Resources).map(([id, resource]) => ({ stack: subject, id, resource })),
    );
  }
}

const memory = new Map<string, Synthesis>();

/** The real platform, without bundling; the same input is synthesised once. */
export function synthesise(deployment: DeploymentInput = dev): Synthesis {
  const key = JSON.stringify(deployment);
  const known = memory.get(key);
  if (known !== undefined) return known;
  const assembly = cachedAssembly(key, (outdir) => {
    const context = { ...cdk.context, "aws:cdk:bundling-stacks": [] };
    const app = new App({ outdir, builtinCloudFormationValidation: false, context });
    addPlatform(app, parseDeployment("the test's configuration", deployment));
    app.synth();
  });
  const synthesis = new Synthesis(deployment, assembly);
  memory.set(key, synthesis);
  return synthesis;
}

export const environments: Readonly<Record<"dev" | "prod", DeploymentInput>> = { dev, prod };
