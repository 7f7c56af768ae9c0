import type { CloudAssembly } from "aws-cdk-lib/cx-api";
import { ExpectedError } from "../../../contract/index.ts";
import { foreignRegions, regionsOf } from "../../config/schema/zones.ts";
import { type CopyTargets, copyTargets, type ResidentDeployment, unnamedCopies } from "./copies.ts";
import { foreignCharts } from "./charts.ts";
import { foreignImages } from "./images.ts";
import { leavingFeatures } from "./leaving-features.ts";
import { manifestObjects } from "../manifest-text.ts";
import { foreignModels } from "./model-profiles.ts";
import { foreignOutputs } from "./stack-outputs.ts";

export class ResidencyError extends ExpectedError {}

interface Template {
  readonly Resources?: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Record<string, unknown> }>
  >;
}

/**
 * Throws ResidencyError when anything in the assembly would leave the residency zone, or be copied inside it to a
 * bucket or vault that is not named.
 */
export function refuseForeign(assembly: CloudAssembly, deployment: ResidentDeployment): void {
  const { residency } = deployment;
  const targets = copyTargets(deployment);
  const found = [
    ...assembly.stacks.flatMap((stack) => {
      const { stackName } = stack;
      return [
        ...misplaced(stackName, stack.environment.region, deployment, targets),
        ...findings(stackName, stack.template as Template, deployment, targets),
      ];
    }),
    ...foreignOutputs(assembly),
  ];
  if (found.length === 0) return;
  const allowed = regionsOf(residency).join(", ");
  throw new ResidencyError(
    [`Residency ${residency} allows ${allowed} only:`, ...found.map((line) => `  - ${line}`)].join("\n"),
  );
}

function misplaced(
  stackName: string,
  region: string,
  { residency, regions }: ResidentDeployment,
  { stacks }: CopyTargets,
): string[] {
  if (!regionsOf(residency).includes(region)) return [`${stackName}: deploys to ${region}`];
  if (regions.some(({ name }) => name === region) || stacks.includes(stackName)) return [];
  return [`${stackName}: deploys to ${region}, which holds copies only: ${stacks.join(", ")}`];
}

function findings(
  stackName: string,
  template: Template,
  { residency, account }: ResidentDeployment,
  targets: CopyTargets,
): string[] {
  return Object.entries(template.Resources ?? {}).flatMap(([id, resource]) => {
    const where = `${stackName}/${id} (${resource.Type})`;
    const text = JSON.stringify(resource);
    const manifest = resource.Properties?.["Manifest"];
    const images =
      manifest === undefined
        ? []
        : foreignImages(manifestObjects(manifest), { account, regions: regionsOf(residency) }).map(
            (image) => `image ${image} is not from the account's own ECR by digest; mirror it and pin it`,
          );
    return [
      ...foreignRegions(text, residency).map((region) => `names ${region}`),
      ...foreignModels(text, residency).map((model) => `model ${model} is served outside the zone`),
      ...leavingFeatures(resource),
      ...unnamedCopies(resource, targets),
      ...images,
      ...foreignCharts(resource, { account, regions: regionsOf(residency) }),
    ].map((fault) => `${where}: ${fault}`);
  });
}
