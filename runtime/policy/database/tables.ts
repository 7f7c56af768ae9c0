import type { Change } from "./change.ts";
import { selectChanges } from "./grants.ts";
import type { Table } from "./named-relations.ts";
import { createPolicySql, type RowPolicy, rowPolicies } from "./row-policies.ts";
import type { SqlClient } from "./session.ts";
import { qualified, quoted } from "./sql.ts";

interface FoundPolicy {
  readonly name: string;
  readonly permissive: boolean;
  readonly command: string;
  readonly roles: string[];
  readonly using: string | null;
  readonly check: string | null;
}

const policiesSql = `select polname as name, polpermissive as permissive, polcmd as command,
    array(select case when r = 0 then 'public' else pg_get_userbyid(r)::text end from unnest(polroles) r order by 1) as roles,
    pg_get_expr(polqual, polrelid) as using, pg_get_expr(polwithcheck, polrelid) as check
  from pg_policy where polrelid = to_regclass($1) order by 1`;

export async function tableChanges(client: SqlClient, table: Table, readers: readonly string[]): Promise<Change[]> {
  const { dataset } = table;
  const name = qualified(dataset.table);
  const changes: Change[] = [];
  if (!table.secured) {
    changes.push({
      because: `${dataset.table}: row security is off`,
      statement: `alter table ${name} enable row level security`,
    });
  }
  if (!table.forced) {
    changes.push({
      because: `${dataset.table}: row security does not bind the owner`,
      statement: `alter table ${name} force row level security`,
    });
  }
  const wanted = rowPolicies(dataset);
  const { rows: found } = await client.query<FoundPolicy>(policiesSql, [name]);
  for (const { name: stray } of found.filter((policy) => !wanted.some((other) => other.name === policy.name))) {
    changes.push({
      because: `${dataset.table}: policy ${stray} is none of the lock's`,
      statement: `drop policy ${quoted(stray)} on ${name}`,
    });
  }
  for (const policy of wanted) {
    const current = found.find((other) => other.name === policy.name);
    if (current === undefined) {
      changes.push({
        because: `${dataset.table}: policy ${policy.name} is missing`,
        statement: createPolicySql(name, policy),
      });
    } else if (!(await isEqualPolicy(client, name, policy, current))) {
      changes.push({
        because: `${dataset.table}: policy ${policy.name} is not as written`,
        statement: `drop policy ${policy.name} on ${name}; ${createPolicySql(name, policy)}`,
      });
    }
  }
  return [...changes, ...(await selectChanges(client, dataset.table, readers))];
}

const commands = { all: "*", select: "r" } as const;

/**
 * Tells whether a policy in the database equals the wanted one. PostgreSQL rewrites expressions when it prints them, so
 * the wanted one is created on a temporary table of the same columns and printed too.
 */
async function isEqualPolicy(
  client: SqlClient,
  table: string,
  wanted: RowPolicy,
  found: FoundPolicy,
): Promise<boolean> {
  if (!found.permissive || found.command !== commands[wanted.command] || found.roles.join() !== wanted.role)
    return false;
  if (wanted.using === "true") return found.using === "true" && found.check === (wanted.check ? "true" : null);
  await client.query("savepoint probe");
  try {
    await client.query(`create temporary table homeroom_probe (like ${table})`);
    await client.query(createPolicySql("pg_temp.homeroom_probe", wanted));
    const { rows } = await client.query<FoundPolicy>(policiesSql, ["pg_temp.homeroom_probe"]);
    return rows[0]?.using === found.using && rows[0]?.check === found.check;
  } catch {
    // The functions that the expression calls are missing or differ; they are reported as changes of their own.
    return false;
  } finally {
    await client.query("rollback to savepoint probe");
  }
}
