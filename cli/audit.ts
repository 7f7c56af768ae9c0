import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import pg from "pg";
import { addConnectionOptions, type ConnectionOptions, parseConnection } from "./analytics-connection.ts";
import { sentenceOf } from "./audit-sentence.ts";
import { verifyCommand } from "./audit-verify.ts";
import { parseWholeNumber } from "./number-option.ts";
import type { Output } from "./output.ts";

const everyMs = 1_000;
// The spool and a slow transaction may bring an event a little after its time.
const overlapSeconds = 30;
const ofWriters = "writer.%";

/** Returns `homeroom audit`. */
export function auditCommand(output: Output): Command {
  return new Command("audit")
    .description("read and verify the audit trail")
    .addCommand(tailCommand(output))
    .addCommand(verifyCommand(output));
}

interface TailOptions extends ConnectionOptions {
  readonly lines: number;
  readonly follow?: true;
  readonly writers?: true;
}

interface Row {
  readonly key: string;
  readonly at: string;
  readonly failed: boolean;
  readonly payload: string | null;
  readonly name: string;
}

function tailCommand({ print }: Output): Command {
  const command = new Command("tail")
    .description("print the newest events in words, as the read-only role; people stand by their pseudonyms")
    .option("-n, --lines <n>", "how many", parseWholeNumber, 20)
    .option("-f, --follow", "go on with new ones until Ctrl-C")
    .option("--writers", "also heartbeats, starts and ends of recording processes");
  return addConnectionOptions(command).action(async (options: TailOptions) => {
    const client = new pg.Client(parseConnection(options));
    await client.connect();
    try {
      const shown = new Set<string>();
      let from = "-infinity";
      do {
        const { rows } = await client.query<Row>(
          `select * from (
             select writer || '/' || epoch || '/' || seq as key, to_char(ts at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as at,
               status = 2 as failed, payload, name, ts
             from audit.record where ts > $1::timestamptz and ($2 or name not like $3) order by ts desc limit $4
           ) newest order by ts`,
          [from, options.writers === true, ofWriters, options.lines],
        );
        for (const row of rows) {
          if (!shown.has(row.key))
            print(`${row.at}Z  ${row.payload === null ? row.name : sentenceOf(row.payload, row.failed)}`);
          shown.add(row.key);
        }
        from = new Date(Date.now() - overlapSeconds * 1000).toISOString();
        if (options.follow === true) await sleep(everyMs);
      } while (options.follow === true);
    } finally {
      await client.end();
    }
  });
}
