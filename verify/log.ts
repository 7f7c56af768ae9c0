import { Chains, readHeader } from "./chains.ts";
import { Findings, type Verdict } from "./finding.ts";
import { entryHash, RootAccumulator } from "./hashes.ts";
import { leafHashes, logEntries, type ReadObject } from "./log-files.ts";
import { type Trust, trustedCheckpoint } from "./trust.ts";

const commitmentBytes = 32;

/** Called now and then with the number of entries that were checked. */
export type Progress = (checked: number, size: number) => void;

/** Verifies a published log: signatures, every entry against its tile, every chain, and the root. */
export async function verifyLog(
  read: ReadObject,
  trust: Trust,
  progress: Progress = () => undefined,
): Promise<Verdict> {
  const findings = new Findings();
  const checkpoint = await trustedCheckpoint(read, trust, findings);
  if (checkpoint === undefined) return findings.verdict("(unknown)", 0, 0);
  const { size, origin } = checkpoint;
  const chains = new Chains(findings);
  const tree = new RootAccumulator();
  const leaves = leafHashes(read, size);
  let index = 0;
  for await (const entry of logEntries(read, size)) {
    const tile = (await leaves.next()).value as Buffer | undefined;
    const leaf = entry === undefined ? undefined : entryHash(entry);
    if (entry === undefined) findings.add("MISSING", `entry ${String(index)}`);
    if (tile === undefined) findings.add("MISSING", `leaf ${String(index)} of the tiles`);
    else if (leaf !== undefined && !leaf.equals(tile)) findings.add("CONTENT_MISMATCH", `entry ${String(index)}`);
    const hash = leaf ?? tile;
    if (hash !== undefined) tree.add(hash);
    const header = entry === undefined ? undefined : readHeader(entry.subarray(0, -commitmentBytes));
    if (header !== undefined && leaf !== undefined) chains.add(header, leaf.toString("hex"));
    index += 1;
    if (index % 65_536 === 0) progress(index, size);
  }
  chains.end();
  if (tree.size !== size || !tree.root().equals(checkpoint.root)) findings.add("CONTENT_MISMATCH", "root");
  return findings.verdict(origin, size, index);
}
