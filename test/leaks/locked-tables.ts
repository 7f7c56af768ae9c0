import { readPolicy } from "../../runtime/policy/compiler/compile.ts";
import { rows } from "../e2e/live.ts";

/** The tables of the policy, without its views: those have no rows and no row security of their own. */
export async function lockedTables(): Promise<readonly string[]> {
  const named = [...readPolicy().datasets.values()].map(({ table }) => table);
  const found = await rows<{ name: string }>(
    `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and n.nspname || '.' || c.relname = any ($1)`,
    [named],
  );
  return named.filter((table) => found.some(({ name }) => name === table));
}
