import type { CloudAssembly } from "aws-cdk-lib/cx-api";

interface OutputReference {
  readonly StackName?: unknown;
  readonly OutputName?: unknown;
  readonly Region?: unknown;
}

/**
 * Finds references from stack to stack (`Fn::GetStackOutput`) that no output answers, or that cross into another
 * region. Neither cfn-lint nor CDK notices: the first fails in the middle of a deployment, the second reads across
 * regions.
 */
export function foreignOutputs(assembly: CloudAssembly): string[] {
  const stacks = new Map(
    assembly.stacks.map((stack) => [
      stack.stackName,
      {
        region: stack.environment.region,
        outputs: Object.keys((stack.template as { Outputs?: object }).Outputs ?? {}),
      },
    ]),
  );
  return assembly.stacks.flatMap((stack) =>
    references(stack.template).flatMap(({ StackName, OutputName, Region }) => {
      const source = stacks.get(String(StackName));
      const name = `${stack.stackName}: reference to output ${String(OutputName)} of ${String(StackName)}`;
      if (source === undefined) return [`${name}: there is no such stack`];
      return [
        ...(source.outputs.includes(String(OutputName)) ? [] : [`${name}: the stack has no such output`]),
        ...(source.region === stack.environment.region && (Region ?? source.region) === source.region
          ? []
          : [`${name}: it is in another region`]),
      ];
    }),
  );
}

function references(value: unknown): OutputReference[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, child]) =>
    key === "Fn::GetStackOutput" ? [child as OutputReference] : references(child),
  );
}
