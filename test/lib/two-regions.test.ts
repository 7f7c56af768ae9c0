import { describe, expect, it } from "@jest/globals";
import { deploymentWith } from "../bench/synth.ts";
import { synthesise } from "./synthesis.ts";

describe("an environment in both regions of the zone", () => {
  const { assembly } = synthesise(deploymentWith({ tenants: 1, own: 1, regions: 2 }));
  const stacks = assembly.stacks.map((stack) => ({
    name: stack.stackName,
    region: stack.environment.region,
    types: Object.values((stack.template as { Resources: Record<string, { Type: string }> }).Resources).map(
      ({ Type }) => Type,
    ),
  }));

  it("has the same stacks in each", () => {
    const of = (region: string): string[] =>
      stacks.filter((stack) => stack.region === region).map(({ name }) => name.replace(`-${region}-`, "-"));
    expect(of("ap-southeast-2").sort()).toStrictEqual(of("ap-southeast-4").sort());
  });

  it("keeps its budgets in Sydney, because Melbourne has no such resource type", () => {
    const budgets = stacks.filter(({ types }) => types.includes("AWS::Budgets::Budget")).map(({ region }) => region);
    expect(budgets.length).toBeGreaterThan(0);
    expect(new Set(budgets)).toStrictEqual(new Set(["ap-southeast-2"]));
  });
});
