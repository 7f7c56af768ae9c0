import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CfnOutput } from "aws-cdk-lib";
import { environments, synthesise } from "../lib/synthesis.ts";
import { assemblyWith } from "./mutation.ts";

const strong = (template: unknown): boolean => /"Fn::ImportValue"|"Export":/.test(JSON.stringify(template));

describe("stacks refer to each other by weak references only", () => {
  for (const [name, deployment] of Object.entries(environments)) {
    it(`holds for ${name}`, () => {
      const synthesis = synthesise(deployment);
      for (const { subject, template } of synthesis.stacks) assert.equal(strong(template), false, subject);
      assert.match(JSON.stringify(synthesis.json("workload")), /Fn::GetStackOutput/);
    });
  }

  it("notices an export", () => {
    const [stack] = assemblyWith("ap-southeast-2", (scope) => {
      new CfnOutput(scope, "Output", { value: "x", exportName: "x" });
    }).stacks;
    assert.equal(strong(stack?.template), true);
  });
});
