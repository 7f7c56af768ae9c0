import { createHash } from "node:crypto";
import { ExpectedError } from "../../contract/index.ts";

export interface SecretVersion {
  readonly id: string;
  readonly text: string;
}

/** Thrown when another writer changed the secret first. The caller reads the secret again and decides anew. */
export class VersionConflict extends ExpectedError {}

/** The operations of AWS Secrets Manager that a rotation needs. */
export interface SecretVersions {
  /** Reads one version; undefined when the secret has no such version. */
  read(secret: string, which: { stage: string } | { id: string }): Promise<SecretVersion | undefined>;
  /** Returns the stages of each version that has at least one. */
  stages(secret: string): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Stores a version and gives it the stage. Throws VersionConflict when the id exists with another text. */
  put(secret: string, version: SecretVersion, stage: string): Promise<void>;
  /** Moves AWSCURRENT to another version. Throws VersionConflict when it is no longer at `from`. */
  makeCurrent(secret: string, move: { to: string; from: string }): Promise<void>;
  /** Removes a stage from a version; does nothing when the version does not have it. */
  withdraw(secret: string, label: { stage: string; from: string }): Promise<void>;
}

const maxAttempts = 5;

/**
 * Changes a secret by compare-and-swap on AWSCURRENT: `edit` receives the current text, and its result replaces exactly
 * that text; undefined changes nothing. The version id is derived from both texts, so a repeated attempt after a crash
 * continues the first one. Throws SecretError after five conflicts.
 */
export async function changeSecret(
  versions: SecretVersions,
  secret: string,
  edit: (text: string) => string | undefined,
): Promise<void> {
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
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
  throw new SecretError(`${secret}: changed ${maxAttempts} times while it was written; try again`);
}

export class SecretError extends ExpectedError {}

export async function currentVersion(versions: SecretVersions, secret: string): Promise<SecretVersion> {
  const current = await versions.read(secret, { stage: "AWSCURRENT" });
  if (current === undefined) throw new SecretError(`${secret}: has no AWSCURRENT version; create the secret first`);
  return current;
}
