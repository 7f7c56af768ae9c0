import type { Change } from "./change.ts";
import { author, reader } from "./roles.ts";
import type { SqlClient } from "./session.ts";
import { qualified, quoted } from "./sql.ts";

export interface Grant {
  /** The role as SQL writes it: `public` or a quoted name. */
  readonly grantee: string;
  readonly privilege: string;
}

/** Returns SQL that gives the grantee of an aclexplode() entry in the form that `grant … to` accepts. */
export const grantee = (entry: string): string =>
  `case when ${entry}.grantee = 0 then 'public' else '"' || replace(pg_get_userbyid(${entry}.grantee), '"', '""') || '"' end`;

const isSameGrant = (left: Grant, right: Grant): boolean =>
  left.grantee === right.grantee && left.privilege === right.privilege;

export function grantChanges(object: string, found: readonly Grant[], wanted: readonly Grant[]): Change[] {
  return [
    ...found
      .filter((grant) => !wanted.some((other) => isSameGrant(grant, other)))
      .map(({ grantee: to, privilege }) => ({
        because: `${object}: ${to} has ${privilege}`,
        statement: `revoke ${privilege.toLowerCase()} on ${object} from ${to} cascade`,
      })),
    ...wanted
      .filter((grant) => !found.some((other) => isSameGrant(grant, other)))
      .map(({ grantee: to, privilege }) => ({
        because: `${object}: ${to} lacks ${privilege}`,
        statement: `grant ${privilege.toLowerCase()} on ${object} to ${to}`,
      })),
  ];
}

/** Readers and authors may select from a relation of the policy, and do nothing else with it. */
export async function selectChanges(
  client: SqlClient,
  relation: string,
  readers: readonly string[],
): Promise<readonly Change[]> {
  const name = qualified(relation);
  const { rows } = await client.query<Grant>(
    `select ${grantee("a")} as grantee, a.privilege_type as privilege
     from pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
     where c.oid = to_regclass($1) and (a.grantee = 0 or pg_get_userbyid(a.grantee) = any ($2))`,
    [name, [...readers, author]],
  );
  const allowed = [reader, author].map((role) => ({ grantee: quoted(role), privilege: "SELECT" }));
  return grantChanges(`table ${name}`, rows, allowed);
}
