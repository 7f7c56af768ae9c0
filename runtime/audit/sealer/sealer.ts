import type pg from "pg";
import { z } from "zod";
import { commitmentOf, leafHash } from "../event/leaf.ts";
import { LogWriter } from "../log/log-writer.ts";
import { consistencyProof } from "../log/merkle.ts";
import { checkpointText, type NoteSigner, signNote } from "../log/note.ts";
import type { ObjectStore } from "../log/object-store.ts";
import { TileReader } from "../log/tile-tree.ts";

const rowsAtOnce = 1_000;
const lockName = "homeroom.audit.seal";

const buffer = z.instanceof(Buffer);
const rowSchema = z.object({
  header: buffer,
  salt: buffer,
  payload: buffer,
  leaf_hash: buffer,
  /** A text, because a Date of JavaScript has no microseconds. */
  ts: z.string(),
  writer: z.string(),
  epoch: z.string(),
  seq: z.string(),
});
const checkpointSchema = z.object({ size: z.string().transform(Number), note: z.string(), below: z.string() });

export interface Sealed {
  readonly size: number;
  /** Events that this run put into the log. */
  readonly added: number;
  /** The signed checkpoint. */
  readonly note: string;
}

export interface SealerProps {
  readonly client: pg.ClientBase;
  readonly store: ObjectStore;
  /** Name of the log, the first line of its checkpoints. */
  readonly origin: string;
  readonly signer: NoteSigner;
  readonly log: (entry: object) => void;
}

/**
 * Gives stored events their places in the Merkle log, and signs how long it is. Events get places in the order of their
 * transactions, and only those that no open transaction can precede: one that commits late never slips in between.
 */
export class Sealer {
  readonly #props: SealerProps;

  constructor(props: SealerProps) {
    this.#props = props;
  }

  /** Seals what is new. Returns undefined while another sealer is at work. A killed run is repeated with the same bytes. */
  async seal(): Promise<Sealed | undefined> {
    const { client } = this.#props;
    await client.query("begin isolation level read committed");
    try {
      const { rows } = await client.query<{ mine: boolean }>(
        "select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as mine",
        [lockName],
      );
      const sealed = rows[0]?.mine === true ? await this.#sealNew() : undefined;
      await client.query("commit");
      return sealed;
    } catch (error) {
      await client.query("rollback").catch(() => undefined);
      throw error;
    }
  }

  /** Returns the proof that the log of `before` entries is the beginning of that of `size`. */
  prove(before: number, size: number): Promise<Buffer[]> {
    return consistencyProof(new TileReader(this.#props.store, size).subtree, before, size);
  }

  async #sealNew(): Promise<Sealed> {
    const { client, store, origin, signer } = this.#props;
    const last = await this.#lastCheckpoint();
    const below = await client.query<{ xid: string }>("select pg_snapshot_xmin(pg_current_snapshot())::text as xid");
    const until = below.rows[0]?.xid ?? "0";
    const log = await LogWriter.open(store, last?.size ?? 0);
    const before = log.size;
    await this.#append(log, last?.below ?? "0", until);
    if (last !== undefined && log.size === before) return { size: before, added: 0, note: last.note };
    const root = await log.publish();
    const note = await signNote(checkpointText(origin, log.size, root), signer);
    await client.query("insert into audit.checkpoint (size, root, note, below) values ($1, $2, $3, $4::xid8)", [
      log.size,
      root,
      note,
      until,
    ]);
    return { size: log.size, added: log.size - before, note };
  }

  async #lastCheckpoint(): Promise<z.output<typeof checkpointSchema> | undefined> {
    const { rows } = await this.#props.client.query(
      "select size::text, note, below::text from audit.checkpoint order by size desc limit 1",
    );
    return rows.length === 0 ? undefined : checkpointSchema.parse(rows[0]);
  }

  async #append(log: LogWriter, from: string, until: string): Promise<void> {
    const { client } = this.#props;
    await client.query(
      `declare unsealed no scroll cursor for
       select e.header, e.salt, e.payload, e.leaf_hash, e.ts::text, e.writer, e.epoch::text, e.seq::text from audit.event e
       where e.xid >= '${BigInt(from).toString()}'::xid8 and e.xid < '${BigInt(until).toString()}'::xid8
       order by e.xid, e.writer, e.epoch, e.seq`,
    );
    for (;;) {
      const { rows } = await client.query(`fetch ${String(rowsAtOnce)} from unsealed`);
      if (rows.length === 0) break;
      await this.#appendRows(log, z.array(rowSchema).parse(rows));
    }
    await client.query("close unsealed");
  }

  async #appendRows(log: LogWriter, rows: readonly z.output<typeof rowSchema>[]): Promise<void> {
    const first = log.size;
    const hashes = [];
    for (const row of rows) {
      const hash = leafHash(row);
      if (!hash.equals(row.leaf_hash))
        this.#props.log({ event: "audit.content_changed", writer: row.writer, epoch: row.epoch, seq: row.seq });
      hashes.push(hash);
      await log.append(Buffer.concat([row.header, commitmentOf(row)]));
    }
    await this.#props.client.query(
      `insert into audit.log_index (index, leaf_hash, ts, writer, epoch, seq)
       select $1::bigint + n - 1, leaf_hash, ts, writer, epoch, seq
       from unnest($2::bytea[], $3::timestamptz[], $4::text[], $5::bigint[], $6::bigint[])
         with ordinality as given (leaf_hash, ts, writer, epoch, seq, n)`,
      [
        first,
        hashes,
        rows.map(({ ts }) => ts),
        rows.map(({ writer }) => writer),
        rows.map(({ epoch }) => epoch),
        rows.map(({ seq }) => seq),
      ],
    );
  }
}
