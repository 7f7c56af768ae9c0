import pg from "pg";
import { z } from "zod";
import type { AuditDatabase } from "../verify/index.ts";

const rowsAtOnce = 2_000;
const buffer = z.instanceof(Buffer).nullable();
const rowSchema = z.object({
  index: z.string().transform(Number),
  writer: z.string(),
  epoch: z.string(),
  seq: z.string(),
  header: buffer,
  salt: buffer,
  payload: buffer,
  late: z.boolean().nullable(),
});
const countSchema = z.object({ waiting: z.int(), extra: z.int() });

/** The audit database as its read-only role sees it. Everything is read in one snapshot. */
export class PostgresAuditDatabase implements AuditDatabase {
  readonly #client: pg.Client;

  constructor(client: pg.Client) {
    this.#client = client;
  }

  /** Connects, and begins the snapshot. */
  static async open(config: pg.ClientConfig): Promise<PostgresAuditDatabase> {
    const client = new pg.Client(config);
    await client.connect();
    await client.query("begin isolation level repeatable read read only");
    await client.query("set local statement_timeout = 0");
    return new PostgresAuditDatabase(client);
  }

  async *rows(): ReturnType<AuditDatabase["rows"]> & AsyncGenerator {
    await this.#client.query(
      `declare sealed no scroll cursor for
       select i.index::text, i.writer, i.epoch::text, i.seq::text, e.header, e.salt, e.payload, e.late
       from audit.log_index i left join audit.event e using (ts, writer, epoch, seq) order by i.index`,
    );
    for (;;) {
      const { rows } = await this.#client.query(`fetch ${String(rowsAtOnce)} from sealed`);
      if (rows.length === 0) break;
      for (const { index, writer, epoch, seq, late, ...bytes } of z.array(rowSchema).parse(rows))
        yield { index, place: `${writer}/${epoch}/${seq}`, late: late ?? false, ...bytes };
    }
    await this.#client.query("close sealed");
  }

  async outside(): Promise<{ waiting: number; extra: number }> {
    const { rows } = await this.#client.query(
      `with sealed as (select coalesce(max(below::text::numeric), 0)::text::xid8 as below from audit.checkpoint)
       select count(*) filter (where e.xid >= sealed.below)::int as waiting,
         count(*) filter (where e.xid < sealed.below)::int as extra
       from audit.event e cross join sealed
       where not exists (
         select from audit.log_index i where (i.writer, i.epoch, i.seq) = (e.writer, e.epoch, e.seq))`,
    );
    return countSchema.parse(rows[0]);
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}
