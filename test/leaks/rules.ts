import { platform } from "../../contract/index.ts";
import { readPolicy } from "../../runtime/policy/compiler/compile.ts";
import { rowsOf } from "../e2e/live.ts";
import type { Studio } from "./studio.ts";

const PREFIX = "Leak rule: ";
const path = "/api/v1/rowlevelsecurity/";

const ids = (sql: string, values: readonly unknown[]): Promise<number[]> =>
  rowsOf<{ id: number }>(platform.databases.metadata, sql, values).then((found) => found.map(({ id }) => id));

/** Removes the rules of a killed run, which would go on binding every guest. */
export async function removeRules(studio: Studio): Promise<void> {
  for (const left of await ids("select id from row_level_security_filters where name like $1", [`${PREFIX}%`]))
    await studio.call("DELETE", `${path}${left}`);
}

/** Work under a rule of guests' rows that an administrator makes in the studio, for these datasets of the policy. */
export async function underRule<T>(
  studio: Studio,
  clause: string,
  datasets: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const names = datasets.map((dataset) => readPolicy().datasets.get(dataset)?.table.split(".")[1]);
  const tables = await ids("select id from tables where table_name = any ($1) and coalesce(sql, '') = ''", [names]);
  const roles = await ids("select id from ab_role where name = 'Homeroom Guest'", []);
  if (tables.length !== datasets.length || roles.length !== 1)
    throw new Error(
      `found ${tables.length} of the datasets ${datasets.join(", ")} and ${roles.length} roles of guests`,
    );
  const made = await studio.call<{ id: number }>("POST", path, {
    name: `${PREFIX}${clause.slice(0, 60)}`,
    filter_type: "Regular",
    tables,
    roles,
    group_key: "",
    clause,
  });
  try {
    return await work();
  } finally {
    await studio.call("DELETE", `${path}${made.id}`);
  }
}
