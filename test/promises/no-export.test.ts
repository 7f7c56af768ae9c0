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

    it(`refers to outputs that exist in ${name}`, () => {
      const { stacks } = synthesise(deployment);
      const outputs = new Map(stacks.map((stack) => [stack.name, Object.keys(stack.template.Outputs ?? {})]));
      const text = JSON.stringify(stacks.map(({ template }) => template));
      const references = [...text.matchAll(/"Fn::GetStackOutput":(\{[^}]*\})/g)].map(
        ([, reference]) => JSON.parse(String(reference)) as { StackName: string; OutputName: string },
      );
      assert.ok(references.length > 10);
      for (const { StackName, OutputName } of references) {
        assert.ok(outputs.get(StackName)?.includes(OutputName), `${StackName} has no output ${OutputName}`);
      }
    });
  }

  it("notices an export", () => {
    const [stack] = assemblyWith("ap-southeast-2", (scope) => {
      new CfnOutput(scope, "Output", { value: "x", exportName: "x" });
    }).stacks;
    assert.equal(strong(stack?.template), true);
  });
});
