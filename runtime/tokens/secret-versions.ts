export interface SecretVersion {
  readonly id: string;
  readonly text: string;
}

/** Another writer came first; read again and decide anew. */
export class VersionConflict extends Error {}

/** What the rotation needs of AWS Secrets Manager. */
export interface SecretVersions {
  /** Undefined when the secret has no such version. */
  read(secret: string, which: { stage: string } | { id: string }): Promise<SecretVersion | undefined>;
  /** Stages of each version that has any. */
  stages(secret: string): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Throws VersionConflict when the id is taken by another text. */
  put(secret: string, version: SecretVersion, stage: string): Promise<void>;
  /** Throws VersionConflict when AWSCURRENT is not at `from` any more. */
  makeCurrent(secret: string, move: { to: string; from: string }): Promise<void>;
}
