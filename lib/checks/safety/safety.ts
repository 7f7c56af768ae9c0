import type { CloudAssembly } from "aws-cdk-lib/cx-api";
import { ExpectedError } from "../../../contract/index.ts";
import { manifestObjects } from "../manifest-text.ts";
import { literalSecrets } from "./literal-secrets.ts";
import { publicEndpoints } from "./public-endpoints.ts";
import { beyondLimits } from "./service-limits.ts";
import type { Template } from "./template.ts";
import { weakProtections } from "./weak-protections.ts";

export class SafetyError extends ExpectedError {}

/** Throws SafetyError when a template holds a secret, opens something to the internet or leaves a protection off. */
export function refuseUnsafe(assembly: CloudAssembly): void {
  const found = assembly.stacks.flatMap((stack) =>
    faults(stack.template as Template).map((fault) => `${stack.stackName}/${fault}`),
  );
  if (found.length === 0) return;
  throw new SafetyError(["The templates are not safe to deploy:", ...found.map((line) => `  - ${line}`)].join("\n"));
}

function faults(template: Template): string[] {
  return [
    ...Object.entries(template.Resources ?? {}).flatMap(([id, resource]) => {
      const manifest = resource.Properties?.["Manifest"];
      return [
        ...literalSecrets(resource, id),
        ...(manifest === undefined ? [] : literalSecrets(manifestObjects(manifest), id)),
        ...[...publicEndpoints(resource), ...beyondLimits(resource)].map(
          (fault) => `${id} (${resource.Type}): ${fault}`,
        ),
      ];
    }),
    ...weakProtections(template),
  ];
}
