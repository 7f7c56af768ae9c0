import { describe, expect, it } from "@jest/globals";
import { CfnOutput } from "aws-cdk-lib";
import { environments, synthesise } from "../lib/synthesis.ts";
import { assemblyWith } from "./mutation.ts";
import { expecting } from "../support/expecting.ts";

const strong = (template: unknown): boolean => /"Fn::ImportValue"|"Export":/.test(JSON.stringify(template));

describe("stacks refer to each other by weak references only", () => {
  for (const [name, deployment] of Object.entries(environments)) {
    it(`holds for ${name}`, () => {
      const synthesis = synthesise(deployment);
      for (const { subject, template } of synthesis.stacks) expecting(subject, strong(template)).toBe(false);
      expect(JSON.stringify(synthesis.json("workload"))).toMatch(/Fn::GetStackOutput/);
    });
  }

  it("notices an export", () => {
    const [stack] = assemblyWith("ap-southeast-2", (scope) => {
      new CfnOutput(scope, "Output", { value: "x", exportName: "x" });
    }).stacks;
    expect(strong(stack?.template)).toBe(true);
  });
});
