import pg from "pg";
import { superuserName } from "../../local/postgres.ts";
import { readPolicy } from "../../runtime/policy/compiler/compile.ts";
import type { Guest } from "../e2e/guest.ts";
import { databaseOf, secrets, settings } from "../e2e/live.ts";
import { allowedRows } from "./allowed.ts";

export type Row = Readonly<Record<string, unknown>>;

const time = (text: string): number =>
  Date.parse(/\d\d:\d\d/.test(text) ? text.replace(" ", "T") : `${text}T00:00:00Z`);
const asNumbers = new Set<number>([20, 21, 23, 700, 701, 1700]);
const asTimes = new Set<number>([1082, 1114, 1184]);
const types = {
  getTypeParser(oid: number): (text: string) => unknown {
    if (asNumbers.has(oid)) return Number;
    if (oid === 1184) return (text) => Date.parse(`${text.replace(" ", "T")}:00`.replace(/([+-]\d\d:\d\d):00$/, "$1"));
    if (asTimes.has(oid)) return (text) => (oid === 1114 ? Date.parse(`${text.replace(" ", "T")}Z`) : time(text));
    if (oid === 16) return (text) => text === "t";
    return (text) => text;
  },
};

/**
 * The database as one guest may see it: copies of the allowed rows alone, past both locks.
 * Any SQL that runs here can only give what the guest may know.
 */
export class Oracle {
  private constructor(private readonly client: pg.Client) {}

  static async of(who: Guest): Promise<Oracle> {
    const client = new pg.Client({
      host: settings.address,
      port: settings.ports.postgres,
      database: databaseOf(who.tenant),
      user: superuserName,
      password: secrets.ownerSecret("postgres-superuser"),
      ssl: false,
      types,
    });
    await client.connect();
    for (const dataset of readPolicy().datasets.values()) {
      const { sql, values } = allowedRows(dataset, who);
      const name = dataset.table.slice(dataset.table.indexOf(".") + 1);
      await client.query(`create temporary table "${name}" as select * from ${dataset.table} where false`);
      await client.query(`insert into pg_temp."${name}" select * from ${dataset.table} where ${sql}`, [...values]);
    }
    return new Oracle(client);
  }

  /** Runs SQL that names tables of `public` on the copies instead. */
  async run(sql: string): Promise<Row[]> {
    return (await this.client.query<Row>(sql.replaceAll(/"?\bpublic\b"?\./gi, "pg_temp."))).rows;
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}
