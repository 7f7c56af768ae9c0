import { type Registry } from "./images.ts";

/**
 * Finds faults of a Helm release: a chart from elsewhere, one that can change, or an image from elsewhere in its
 * values.
 */
export function foreignCharts(
  resource: { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> },
  { account, regions }: Registry,
): string[] {
  if (resource.Type !== "Custom::AWSCDK-EKS-HelmChart") return [];
  const registry = `${account}\\.dkr\\.ecr\\.(?:${regions.join("|")})\\.amazonaws\\.com`;
  const { Repository: repository, Version: version } = resource.Properties ?? {};
  const ours = typeof repository === "string" && new RegExp(`^oci://${registry}/`).test(repository);
  const values = JSON.stringify(resource.Properties?.["Values"] ?? "");
  // Charts join an image from parts, so every part that names a registry is looked at.
  const hosts = [...values.matchAll(/(?:registry|repository)\\*":\\*"([^"\\]*)/g)].map(([, name = ""]) => name);
  const foreign = hosts.filter((name) => name.includes(".") && !new RegExp(`^${registry}(?:/|$)`).test(name));
  return [
    ...(ours ? [] : [`chart ${String(repository)} is not from the account's own ECR; mirror it`]),
    ...(typeof version === "string" ? [] : ["the chart has no version"]),
    ...foreign.map((name) => `image ${name} is not from the account's own ECR; mirror it and pin it`),
  ];
}
