import { cosign, type NoteSigner, openNote, readCheckpoint } from "../log/note.ts";
import type { ObjectStore } from "../log/object-store.ts";
import { isConsistent, type TreeHead } from "./consistency.ts";

/** Where the witness remembers how long the log was. It is on the disk when `write` returns. */
export interface WitnessState {
  read(): Promise<TreeHead | undefined>;
  write(head: TreeHead): Promise<void>;
}

export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly body: string;
}

export interface WitnessProps {
  /** The log that it watches. */
  readonly log: Omit<NoteSigner, "sign">;
  readonly signer: NoteSigner;
  readonly state: WitnessState;
  /** Where cosigned checkpoints are kept, out of the sealer's reach. */
  readonly store: ObjectStore;
  /** Seconds since 1970. */
  readonly clock: () => number;
}

const mostProof = 64;

/**
 * Cosigns a checkpoint when the log only grew since the last one (C2SP tlog-witness). A log that was rewritten, cut or
 * split gets no signature, whoever holds the sealer's key.
 */
export class Witness {
  readonly #props: WitnessProps;
  #last: Promise<unknown> = Promise.resolve();

  constructor(props: WitnessProps) {
    this.#props = props;
  }

  /** Answers the body of an add-checkpoint request: the old size, a consistency proof, an empty line, a checkpoint. */
  addCheckpoint(body: string): Promise<WitnessAnswer> {
    const answer = this.#last.then(() => this.#judge(body));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async #judge(body: string): Promise<WitnessAnswer> {
    const { log, signer, state, store, clock } = this.#props;
    const asked = readRequest(body);
    if (asked === undefined) return { status: 400, body: "the request is not of the form of C2SP tlog-witness\n" };
    const origin = asked.note.split("\n")[0];
    if (origin !== log.name) return { status: 404, body: "this witness does not watch that log\n" };
    const text = openNote(asked.note, log);
    const checkpoint = text === undefined ? undefined : readCheckpoint(text);
    if (text === undefined || checkpoint === undefined)
      return { status: 403, body: "the log's key did not sign this\n" };
    const known = (await state.read()) ?? { size: 0, root: Buffer.alloc(0) };
    if (asked.old !== known.size || checkpoint.size < known.size)
      return { status: 409, body: `${String(known.size)}\n` };
    if (!isConsistent(known, checkpoint, asked.proof))
      return { status: checkpoint.size === known.size ? 409 : 422, body: `${String(known.size)}\n` };
    const line = await cosign(text, signer, clock());
    await state.write(checkpoint);
    if (checkpoint.size > known.size)
      await store.putOnce(`${log.name}/checkpoint/${String(checkpoint.size)}`, Buffer.from(asked.note + line));
    return { status: 200, body: line };
  }
}

interface Request {
  readonly old: number;
  readonly proof: readonly Buffer[];
  readonly note: string;
}

function readRequest(body: string): Request | undefined {
  const [, old, proof, note] = /^old (0|[1-9]\d{0,15})\n((?:[A-Za-z0-9+/]{43}=\n)*)\n([^]+)$/.exec(body) ?? [];
  if (old === undefined || proof === undefined || note === undefined) return undefined;
  const hashes = proof.split("\n").filter((line) => line !== "");
  if (hashes.length > mostProof) return undefined;
  return { old: Number(old), proof: hashes.map((line) => Buffer.from(line, "base64")), note };
}

/** Returns the body of an add-checkpoint request. */
export function witnessRequest(old: number, proof: readonly Buffer[], note: string): string {
  return `old ${String(old)}\n${proof.map((hash) => `${hash.toString("base64")}\n`).join("")}\n${note}`;
}
