import { type OpenedCheckpoint, openCheckpoint, type VerifierKey } from "./checkpoint.ts";
import type { Findings } from "./finding.ts";
import type { ReadObject } from "./log-files.ts";

export interface Trust {
  readonly keys: readonly VerifierKey[];
  /** Seconds since 1970. */
  readonly now: number;
  /** How old a witness's signature may be, in seconds. */
  readonly witnessSeconds: number;
}

/** Opens the log's newest checkpoint and judges its witnesses. Returns undefined, with a finding, when it cannot be trusted. */
export async function trustedCheckpoint(
  read: ReadObject,
  trust: Trust,
  findings: Findings,
): Promise<OpenedCheckpoint | undefined> {
  const note = await read("checkpoint");
  const checkpoint = note === undefined ? undefined : openCheckpoint(note.toString("utf8"), trust.keys);
  if (checkpoint === undefined) {
    findings.add("SIG_BAD", "checkpoint");
    return undefined;
  }
  for (const { name, type } of trust.keys) {
    if (type !== "witness") continue;
    const time = checkpoint.witnessed.get(name);
    if (time === undefined || trust.now - time > trust.witnessSeconds) findings.add("WITNESS_STALE", name);
  }
  return checkpoint;
}
