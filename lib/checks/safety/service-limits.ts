import type { Resource } from "./template.ts";

const lambdaEnvironmentBytes = 4096;

/** Finds values that AWS refuses in the middle of a deployment, and no linter before it. */
export function beyondLimits({ Type, Properties = {} }: Resource): string[] {
  if (Type !== "AWS::Lambda::Function") return [];
  const { Variables = {} } = (Properties["Environment"] ?? {}) as {
    readonly Variables?: Readonly<Record<string, unknown>>;
  };
  // References are short; what they resolve to is not known here.
  const bytes = Object.entries(Variables).reduce(
    (sum, [name, value]) => sum + name.length + (typeof value === "string" ? Buffer.byteLength(value) : 100),
    0,
  );
  if (bytes <= lambdaEnvironmentBytes) return [];
  return [
    `its environment has ${bytes} bytes, and Lambda takes ${lambdaEnvironmentBytes}: let fewer issuers sign for more tenants`,
  ];
}
