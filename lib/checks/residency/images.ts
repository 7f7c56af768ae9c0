export interface Registry {
  readonly account: string;
  readonly regions: readonly string[];
}

/** Finds images in Kubernetes objects that are not from the account's own ECR in the zone, or that a tag can move. */
export function foreignImages(value: unknown, { account, regions }: Registry): string[] {
  const mirrored = new RegExp(
    `^${account}\\.dkr\\.ecr\\.(?:${regions.join("|")})\\.amazonaws\\.com/[^@:]+(?::[\\w.-]+)?@sha256:[0-9a-f]{64}$`,
  );
  return [...new Set(imagesIn(value))].filter((image) => !mirrored.test(image));
}

function imagesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(imagesIn);
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, child]) =>
    key === "image" && typeof child === "string" ? [child] : imagesIn(child),
  );
}
