import { ExpectedError } from "../../../contract/index.ts";

/** A mirrored image as it lies in the account's own registry. */
export interface MirroredImage {
  /** Registry and repository, without tag or digest. */
  readonly repository: string;
  /** Plain. `sha256:` and 64 hex digits. */
  readonly digest: string;
}

export class UnpinnedImageError extends ExpectedError {}

export function pinned(image: MirroredImage, where: string): MirroredImage {
  if (!/^sha256:[0-9a-f]{64}$/.test(image.digest)) {
    throw new UnpinnedImageError(`${where}: got digest "${image.digest}"; pin the image as sha256:<64 hex digits>`);
  }
  return image;
}

/** Splits an image for charts that join registry, repository and digest themselves. */
export function splitRegistry(
  image: MirroredImage,
  where: string,
): { registry: string; repository: string; digest: string } {
  const { repository, digest } = pinned(image, where);
  const slash = repository.indexOf("/");
  if (slash < 1) throw new UnpinnedImageError(`${where}: got repository "${repository}"; write registry/name`);
  return { registry: repository.slice(0, slash), repository: repository.slice(slash + 1), digest };
}
