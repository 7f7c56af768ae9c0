import { createHash } from "node:crypto";

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
  /** Takes a stage from this version; nothing happens when it is not there. */
  withdraw(secret: string, label: { stage: string; from: string }): Promise<void>;
}

const attempts = 5;

/**
 * Compare-and-swap on AWSCURRENT: `edit` sees the current text, and its answer replaces exactly that. The same text on
 * the same base is the same version, so an attempt that was killed is taken up, not doubled.
 */
export async function changeSecret(
  versions: SecretVersions,
  secret: string,
  edit: (text: string) => string | undefined,
): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const { id, text } = await currentVersion(versions, secret);
    const changed = edit(text);
    if (changed === undefined) return;
    const next = createHash("sha256").update(`${id}\n${changed}`).digest("hex");
    try {
      await versions.put(secret, { id: next, text: changed }, "HOMEROOM_NEXT");
      await versions.makeCurrent(secret, { to: next, from: id });
      return;
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error;
    }
  }
  throw new SecretError(`${secret}: changed ${attempts} times while it was written; try again`);
}

export class SecretError extends Error {}

export async function currentVersion(versions: SecretVersions, secret: string): Promise<SecretVersion> {
  const current = await versions.read(secret, { stage: "AWSCURRENT" });
  if (current === undefined) throw new SecretError(`${secret}: has no AWSCURRENT version; create the secret first`);
  return current;
}
