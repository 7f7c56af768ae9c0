import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { expect } from "@jest/globals";
import { structuredPatch } from "diff";
import { root } from "./workshop.ts";

const contextLines = 3;
const maxLines = 200;

/** The state that jest keeps of its own snapshots: the mode that its command line chose, and counts for its summary. */
interface SnapshotState {
  /** "all" with `-u`; "none" with `--ci`; otherwise "new". */
  readonly _updateSnapshot: "all" | "new" | "none";
  added: number;
  matched: number;
  unmatched: number;
  updated: number;
}

/** Fails unless the text is that of a reviewed file; `jest -u` writes the file, as it writes jest's own snapshots. */
export function expectGolden(text: string, file: string): void {
  const { snapshotState } = expect.getState() as unknown as { readonly snapshotState: SnapshotState };
  const mode = snapshotState._updateSnapshot;
  const reviewed = read(file);
  if (reviewed === text) snapshotState.matched += 1;
  else if (mode === "all" || (mode === "new" && reviewed === undefined)) {
    write(file, text);
    snapshotState[reviewed === undefined ? "added" : "updated"] += 1;
  } else {
    snapshotState.unmatched += 1;
    throw different(
      file,
      reviewed,
      text,
      "If the change is meant, write it with `npx jest -u` and say why in the commit.",
    );
  }
}

/** Fails unless the table of everything that holds state is the reviewed one, which `jest -u` never writes. */
export function expectStateful(text: string, file: string): void {
  const reviewed = read(file);
  if (reviewed === text) return;
  const warning =
    "A resource of the table holds data or its key. Under another logical id or type CloudFormation makes a new, empty one.";
  if (process.env["HOMEROOM_ACCEPT_STATEFUL"] !== "1")
    throw different(
      file,
      reviewed,
      text,
      `${warning}\n\`jest -u\` leaves the table alone; HOMEROOM_ACCEPT_STATEFUL=1 writes it.`,
    );
  console.warn(`${relative(root, file)} is written anew. ${warning}\n${changes(file, reviewed ?? "", text)}`);
  write(file, text);
}

function read(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function different(file: string, reviewed: string | undefined, text: string, advice: string): Error {
  const name = relative(root, file);
  const what = reviewed === undefined ? `${name} is missing.` : `${name} differs:\n\n${changes(file, reviewed, text)}`;
  const error = new Error(`${what}\n\n${advice}`);
  Error.captureStackTrace(error, expectGolden);
  return error;
}

/** The changed lines, each with a few around it. */
function changes(file: string, reviewed: string, text: string): string {
  const { hunks } = structuredPatch(file, file, reviewed, text, "", "", { context: contextLines });
  const all = hunks.flatMap((hunk) => [`@@ line ${hunk.oldStart} @@`, ...hunk.lines]);
  const rest = all.length - maxLines;
  return [...all.slice(0, maxLines), ...(rest > 0 ? [`… and ${rest} more lines`] : [])].join("\n");
}
