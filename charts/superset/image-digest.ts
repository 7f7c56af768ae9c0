/** Returns the 64 hex digits of a pinned image, or undefined when the image is not pinned. */
export function imageDigest(image: string): string | undefined {
  return /@sha256:([0-9a-f]{64})$/.exec(image)?.[1];
}
