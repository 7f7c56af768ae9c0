import { readPolicy } from "../../runtime/policy/compiler/compile.ts";
import type { Policy } from "../../runtime/policy/language/policy.ts";
import { type Guest, guest, subjectOfHeads } from "../e2e/guest.ts";
import { databaseOf, rows, rowsOf, settings, tenantOf } from "../e2e/live.ts";
import { tenantDatabases } from "../../local/settings.ts";
import { platform } from "../../contract/index.ts";
import { mayHold } from "./allowed.ts";
import { lockedTables } from "./locked-tables.ts";
import { schools } from "./people.ts";

/** A day after the demo data's last one, so that what was planted is found again. */
const DAY = "2026-12-24";
const LABEL = /canary-[a-z_]+-\d+-(?:own|other)/g;

/** The shared database, and those of tenants with their own. */
export const analyticsDatabases: readonly string[] = [
  platform.databases.schools,
  ...tenantDatabases(settings).map(({ database }) => database),
];

interface Planted {
  readonly dataset: string;
  readonly label: string;
  readonly row: Readonly<Record<string, unknown>>;
}

interface Column {
  readonly name: string;
  readonly type: string;
}

/** Columns whose constraints leave no room for a label. */
const fixed: Readonly<Record<string, unknown>> = { kind: "fee", rating: 3, mastered: true, present: false };

async function columnsOf(table: string): Promise<Column[]> {
  const [schema, name] = table.split(".");
  return rows<{ name: string; type: string }>(
    `select column_name as name, data_type as type from information_schema.columns
     where table_schema = $1 and table_name = $2 order by ordinal_position`,
    [schema, name],
  );
}

function value({ name, type }: Column, label: string, number: number): unknown {
  if (name in fixed) return fixed[name];
  if (type === "text") return label;
  if (type === "date" || type.startsWith("timestamp")) return DAY;
  return type === "boolean" ? true : type === "bigint" ? 9_000_000 + number : 2000 + number;
}

/**
 * One row of the guest's own class and one of nobody's, in every dataset and school, with words that occur nowhere
 * else.
 */
export class Canaries {
  private constructor(
    private readonly policy: Policy,
    private readonly planted: readonly Planted[],
  ) {}

  static async plant(of: readonly number[] = schools): Promise<Canaries> {
    const policy = readPolicy();
    await Canaries.remove(policy);
    const planted: Planted[] = [];
    const tables = await lockedTables();
    for (const [dataset, { table }] of policy.datasets) {
      if (!tables.includes(table)) continue;
      const columns = await columnsOf(table);
      for (const school of of) {
        const [teacher, student] = [await guest("teacher", school), await guest("student", school)];
        for (const kind of ["own", "other"] as const) {
          const label = `canary-${dataset}-${school}-${kind}`;
          const person =
            kind === "own" ? [teacher.classIds[0], student.studentId] : [school * 100 + 99, school * 1000 + 999];
          const known = {
            tenant: teacher.tenant,
            school_id: school,
            class_id: person[0],
            student_id: person[1],
            subject_area: kind === "own" ? subjectOfHeads : "canary subject",
          };
          const row = Object.fromEntries(
            columns.map((column) => [
              column.name,
              Object.hasOwn(known, column.name)
                ? known[column.name as keyof typeof known]
                : value(column, label, planted.length),
            ]),
          );
          const names = Object.keys(row);
          await rowsOf(
            databaseOf(tenantOf(school)),
            `insert into ${table} (${names.map((name) => `"${name}"`).join(", ")})
             values (${names.map((_, index) => `$${index + 1}`).join(", ")})`,
            Object.values(row),
          );
          planted.push({ dataset, label, row });
        }
      }
    }
    return new Canaries(policy, planted);
  }

  private static async remove(policy: Policy): Promise<void> {
    const tables = await lockedTables();
    for (const { table } of policy.datasets.values()) {
      if (!tables.includes(table)) continue;
      const time = (await columnsOf(table)).find(({ type }) => type === "date" || type.startsWith("timestamp"));
      if (time === undefined) throw new Error(`${table} has no time column to find what was planted by`);
      for (const database of analyticsDatabases)
        await rowsOf(database, `delete from ${table} where "${time.name}" = $1`, [DAY]);
    }
  }

  remove(): Promise<void> {
    return Canaries.remove(this.policy);
  }

  /** Labels in a text that this guest may not see. */
  strange(text: string, who: Guest): string[] {
    const own = new Set(
      this.planted.filter(({ dataset, row }) => mayHold(this.policy, dataset, row, who)).map(({ label }) => label),
    );
    return [...new Set(text.match(LABEL) ?? [])].filter((label) => !own.has(label));
  }

  labels(text: string): string[] {
    return [...new Set(text.match(LABEL) ?? [])];
  }
}
