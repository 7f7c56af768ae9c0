import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type AuditEventName, auditEvents } from "../../../contract/index.ts";
import { type CanonicalObject, encodeCanonical } from "../event/canonical-json.ts";
import { encodeHeader } from "../event/header.ts";
import { firstPrev, leafHash, spoolLine } from "../event/leaf.ts";
import { uuid7 } from "./uuid7.ts";

const heartbeatMs = 60_000;
const saltBytes = 32;

export interface SpoolChainProps {
  readonly folder: string;
  /** The kind of process that writes, such as `collector`; host and process id follow in the writer's name. */
  readonly role: string;
  /** Name of the log that the events go to. */
  readonly origin: string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** The chain of a TypeScript process: system events in a file of the spool, as Superset's processes write theirs. */
export class SpoolChain {
  readonly #props: SpoolChainProps;
  readonly #key: KeyObject;
  readonly #file: number;
  readonly #epoch: number;
  readonly #writer: string;
  /** Name of the chain's file. */
  readonly fileName: string;
  #seq = 0;
  #prev = firstPrev;
  #lastTs: number;
  #beat: number;

  /** Makes the file, which begins with writer.started. Throws what the file system throws. */
  constructor(props: SpoolChainProps) {
    this.#props = props;
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    this.#key = privateKey;
    this.#writer = writerName(props.role);
    this.#epoch = this.#lastTs = props.clock() * 1000;
    this.#beat = props.clock();
    this.fileName = `${this.#writer}.${String(this.#epoch)}.0.spool`;
    this.#file = openSync(join(props.folder, this.fileName), "ax", 0o600);
    const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
    this.record("writer.started", { public_key: raw.toString("hex") });
  }

  /** Records an event; when it returns, the operating system has it. Throws what the file system throws. */
  record(name: AuditEventName, payload: CanonicalObject, succeeded = true): void {
    const kind = auditEvents.get(name);
    if (kind === undefined) throw new Error(`${name} is no event of contract/audit/events.json`);
    this.#lastTs = Math.max(this.#lastTs, this.#props.clock() * 1000);
    const parts = {
      header: encodeHeader({
        v: 1,
        origin: this.#props.origin,
        writer: this.#writer,
        epoch: this.#epoch,
        seq: this.#seq,
        ts: this.#lastTs,
        class: kind.class,
        activity: kind.activity,
        status: succeeded ? 1 : 2,
        retention: kind.retention,
        prev: this.#prev,
      }),
      salt: randomBytes(saltBytes),
      payload: encodeCanonical({ id: uuid7(this.#props.clock()), name, origin_kind: "system", ...payload }),
    };
    this.#write(Buffer.from(`${spoolLine(parts)}\n`));
    this.#seq += 1;
    this.#prev = leafHash(parts).toString("hex");
  }

  /** Says each minute that the process lives, signed, so that nobody rewrites what is not sealed yet. */
  heartbeat(): void {
    if (this.#props.clock() - this.#beat < heartbeatMs) return;
    this.#beat = this.#props.clock();
    this.record("writer.heartbeat", this.#signedHead());
  }

  /** Says that the process ends on purpose. */
  close(): void {
    this.record("writer.stopped", this.#signedHead());
    closeSync(this.#file);
  }

  /** A full disk takes a part. The part goes, so that the next line does not begin in its middle. */
  #write(line: Buffer): void {
    const { size } = fstatSync(this.#file);
    const written = writeSync(this.#file, line);
    if (written === line.length) return;
    ftruncateSync(this.#file, size);
    throw new Error(`only ${String(written)} of ${String(line.length)} bytes were written to ${this.fileName}`);
  }

  #signedHead(): CanonicalObject {
    const signature = sign(undefined, Buffer.from(this.#prev, "hex"), this.#key);
    return { head: this.#prev, head_signature: signature.toString("hex") };
  }
}

function writerName(role: string): string {
  const host = hostname()
    .toLowerCase()
    .replace(/[^a-z0-9._-]/g, "-")
    .slice(0, 32);
  return `${role}-${host}-${String(process.pid)}`;
}
