import type { DatasetPolicy, Policy } from "../language/policy.ts";
import { owner } from "./roles.ts";
import { LockError, type SqlClient } from "./session.ts";
import { qualified } from "./sql.ts";
import { readsWithOwnersRights, viewProblems } from "./views.ts";

export interface Table {
  readonly dataset: DatasetPolicy;
  readonly secured: boolean;
  readonly forced: boolean;
}

/** The relations that the policy names, as the database has them. */
export interface NamedRelations {
  readonly tables: readonly Table[];
  /** Views that read with their caller's rights, from relations that the policy names. */
  readonly views: readonly DatasetPolicy[];
}

interface Found {
  readonly oid: string;
  readonly kind: string;
  readonly partition: boolean;
  readonly owner: string;
  readonly secured: boolean;
  readonly forced: boolean;
  readonly options: string[];
  readonly columns: string[];
}

const relationSql = `select c.oid::int8::text as oid, relkind as kind, relispartition as partition, pg_get_userbyid(relowner) as owner,
    relrowsecurity as secured, relforcerowsecurity as forced, coalesce(reloptions, '{}') as options,
    array(select attname::text from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped) as columns
  from pg_class c where c.oid = to_regclass($1)`;

/**
 * Reads the relations of the policy. Throws one LockError with every problem that an administrator must solve first.
 */
export async function readNamedRelations(client: SqlClient, policy: Policy): Promise<NamedRelations> {
  const tables: Table[] = [];
  const views: DatasetPolicy[] = [];
  const problems: string[] = [];
  for (const dataset of policy.datasets.values()) {
    const { rows } = await client.query<Found>(relationSql, [qualified(dataset.table)]);
    const [found] = rows;
    const unfit = whyUnfit(dataset.table, found);
    if (found === undefined || unfit !== undefined) {
      problems.push(unfit ?? "");
      continue;
    }
    problems.push(...columnProblems(dataset, found));
    if (found.kind === "v") {
      problems.push(...(await viewProblems(client, dataset.table, found.oid, policy)));
      views.push(dataset);
    } else {
      tables.push({ dataset, secured: found.secured, forced: found.forced });
    }
  }
  if (problems.length > 0) throw new LockError(problems.join("\n"));
  return { tables, views };
}

/** Returns why neither row security nor the tables beneath it can lock a relation; undefined when one of them can. */
function whyUnfit(table: string, found: Found | undefined): string | undefined {
  if (found === undefined) {
    return `${table} does not exist; create it, or take its dataset out of the policy. A SQL dataset of Superset is no relation: write \`tables:\` with the tables beneath it, or no entry at all`;
  }
  if (found.partition) return `${table} is a partition; name the table that it is a part of`;
  switch (found.kind) {
    case "r":
    case "p":
      return undefined;
    case "v":
      return readsWithOwnersRights(found.options)
        ? `${table} is a view that reads with its owner's rights; alter view ${qualified(table)} set (security_invoker = true)`
        : undefined;
    case "m":
      return `${table} is a materialised view, on which PostgreSQL puts no row security; make it a table that a job fills, or a security_invoker view over locked tables`;
    default:
      return `${table} is a foreign table, an index or a sequence; PostgreSQL can put no row security on it`;
  }
}

function columnProblems({ table, roles }: DatasetPolicy, found: Found): string[] {
  const bound = new Set([...roles.values()].flatMap((conditions) => conditions.map(({ column }) => column)));
  const kind = found.kind === "v" ? "view" : "table";
  return [
    ...(found.owner === owner ? [] : [`${table} belongs to ${found.owner}: alter ${kind} ${table} owner to ${owner}`]),
    ...[...bound]
      .filter((column) => !found.columns.includes(column))
      .map((column) => `${table} has no column ${column}, which the policy binds`),
  ];
}
