import type { CloudAssembly } from "aws-cdk-lib/cx-api";
import type { Deployment } from "../config/deployment.ts";
import { regionsOf } from "../config/zones.ts";
import { foreignRegions } from "./foreign-region.ts";
import { foreignImages } from "./images.ts";
import { leavingFeatures } from "./leaving-features.ts";
import { manifestObjects } from "./manifest-text.ts";

export class ResidencyError extends Error {
  override readonly name = "ResidencyError";
}

interface Template {
  readonly Resources?: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Record<string, unknown> }>
  >;
}

type Zone = Pick<Deployment, "residency" | "account">;

/** Fails when anything in the assembly would leave the residency zone. */
export function refuseForeign(assembly: CloudAssembly, zone: Zone): void {
  const found = assembly.stacks.flatMap((stack) => {
    const place = stack.stackName;
    const outside = regionsOf(zone.residency).includes(stack.environment.region)
      ? []
      : [`${place}: deploys to ${stack.environment.region}`];
    return [...outside, ...findings(place, stack.template as Template, zone)];
  });
  if (found.length === 0) return;
  const allowed = regionsOf(zone.residency).join(", ");
  throw new ResidencyError(
    [`Residency ${zone.residency} allows ${allowed} only:`, ...found.map((line) => `  - ${line}`)].join("\n"),
  );
}

function findings(place: string, template: Template, { residency, account }: Zone): string[] {
  return Object.entries(template.Resources ?? {}).flatMap(([id, resource]) => {
    const where = `${place}/${id} (${resource.Type})`;
    const regions = foreignRegions(JSON.stringify(resource), residency).map((region) => `${where}: names ${region}`);
    const features = leavingFeatures(resource).map((feature) => `${where}: ${feature}`);
    const manifest = resource.Properties?.["Manifest"];
    const images =
      manifest === undefined
        ? []
        : foreignImages(manifestObjects(manifest), { account, regions: regionsOf(residency) }).map(
            (image) => `${where}: image ${image} is not from the account's own ECR by digest; mirror it and pin it`,
          );
    return [...regions, ...features, ...images];
  });
}
