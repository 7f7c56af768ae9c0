import { openCheckpoint } from "./checkpoint.ts";
import { Findings, type Verdict } from "./finding.ts";
import { eventHash, rootOfProof } from "./hashes.ts";
import type { Trust } from "./trust.ts";

/** The proof of one event, as `homeroom audit prove` writes it. Bytes are in base64. */
export interface Bundle {
  readonly header: string;
  readonly salt: string;
  readonly payload: string;
  readonly index: number;
  readonly proof: readonly string[];
  readonly checkpoint: string;
}

/** Reads a bundle from its JSON. Throws an Error that says what is missing. */
export function readBundle(text: string): Bundle {
  const value: unknown = JSON.parse(text);
  const bundle = (typeof value === "object" && value !== null ? value : {}) as Partial<Bundle>;
  for (const name of ["header", "salt", "payload", "checkpoint"] as const)
    if (typeof bundle[name] !== "string") throw new Error(`the bundle has no ${name}`);
  if (!Number.isSafeInteger(bundle.index)) throw new Error("the bundle has no index");
  if (!Array.isArray(bundle.proof) || !bundle.proof.every((hash) => typeof hash === "string"))
    throw new Error("the bundle has no proof");
  return bundle as Bundle;
}

/** Verifies that the event of a bundle is in the log that its checkpoint speaks of. Needs no network. */
export function verifyBundle(bundle: Bundle, trust: Pick<Trust, "keys">): Verdict {
  const findings = new Findings();
  const checkpoint = openCheckpoint(bundle.checkpoint, trust.keys);
  if (checkpoint === undefined) {
    findings.add("SIG_BAD", "checkpoint");
    return findings.verdict("(unknown)", 0, 0);
  }
  for (const { name, type } of trust.keys)
    if (type === "witness" && !checkpoint.witnessed.has(name)) findings.add("WITNESS_STALE", name);
  const bytes = (text: string): Buffer => Buffer.from(text, "base64");
  const leaf = eventHash(bytes(bundle.header), bytes(bundle.salt), bytes(bundle.payload));
  const root = rootOfProof(leaf, bundle.index, checkpoint.size, bundle.proof.map(bytes));
  if (root?.equals(checkpoint.root) !== true) findings.add("CONTENT_MISMATCH", `index ${String(bundle.index)}`);
  return findings.verdict(checkpoint.origin, checkpoint.size, 1);
}
