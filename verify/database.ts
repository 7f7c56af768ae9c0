import { Chains, readHeader } from "./chains.ts";
import { Findings, type Verdict } from "./finding.ts";
import { eventHash, RootAccumulator } from "./hashes.ts";
import type { Progress } from "./log.ts";
import { leafHashes, type ReadObject } from "./log-files.ts";
import { type Trust, trustedCheckpoint } from "./trust.ts";

/** A row of the log's index with the event it names; null where the event or its payload is gone. */
export interface StoredRow {
  readonly index: number;
  readonly place: string;
  readonly header: Buffer | null;
  readonly salt: Buffer | null;
  readonly payload: Buffer | null;
  readonly late: boolean;
}

/** The part of a database that verification reads. Rows come in the order of their indexes. */
export interface AuditDatabase {
  rows(): AsyncIterable<StoredRow>;
  /** Counts events that are stored and not in the log: those that wait, and those that should be in it. */
  outside(): Promise<{ readonly waiting: number; readonly extra: number }>;
}

/** Verifies stored events against the published log, which the database cannot change. */
export async function verifyDatabase(
  database: AuditDatabase,
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
  let next = 0;
  const pass = async (upTo: number, code: "MISSING" | "TAIL_TRUNCATED"): Promise<void> => {
    for (; next < upTo; next += 1) {
      const tile = (await leaves.next()).value as Buffer | undefined;
      if (tile !== undefined) tree.add(tile);
      findings.add(code, `index ${String(next)}`);
    }
  };
  for await (const row of database.rows()) {
    if (row.index >= size) break;
    await pass(row.index, "MISSING");
    const tile = (await leaves.next()).value as Buffer | undefined;
    next += 1;
    if (tile !== undefined) tree.add(tile);
    checkRow(row, tile, findings, chains);
    if (next % 65_536 === 0) progress(next, size);
  }
  await pass(size, "TAIL_TRUNCATED");
  chains.end();
  if (tree.size !== size || !tree.root().equals(checkpoint.root)) findings.add("CONTENT_MISMATCH", "root");
  const { waiting, extra } = await database.outside();
  if (waiting > 0) findings.add("UNSEALED_TAIL", `${String(waiting)} events`);
  if (extra > 0) findings.add("EXTRA", `${String(extra)} events`);
  return findings.verdict(origin, size, next);
}

function checkRow(row: StoredRow, tile: Buffer | undefined, findings: Findings, chains: Chains): void {
  const place = `index ${String(row.index)}, ${row.place}`;
  if (tile === undefined) findings.add("MISSING", `tile of ${place}`);
  if (row.header === null) return findings.add("MISSING", place);
  if (row.late) findings.add("LATE", place);
  const header = readHeader(row.header);
  if (row.salt === null || row.payload === null) {
    findings.add("PAYLOAD_EXPIRED", place);
    if (header !== undefined && tile !== undefined) chains.add(header, tile.toString("hex"));
    return;
  }
  const leaf = eventHash(row.header, row.salt, row.payload);
  if (header === undefined || (tile !== undefined && !leaf.equals(tile))) findings.add("CONTENT_MISMATCH", place);
  if (header !== undefined) chains.add(header, leaf.toString("hex"));
}
