import type { Change } from "./change.ts";

export interface Grant {
  /** As SQL writes it: `public` or a quoted name. */
  readonly grantee: string;
  readonly privilege: string;
}

/** SQL for the grantee of an entry of aclexplode(), as `grant … to` wants it. */
export const grantee = (entry: string): string =>
  `case when ${entry}.grantee = 0 then 'public' else '"' || replace(pg_get_userbyid(${entry}.grantee), '"', '""') || '"' end`;

const same = (left: Grant, right: Grant): boolean =>
  left.grantee === right.grantee && left.privilege === right.privilege;

export function grantChanges(object: string, found: readonly Grant[], wanted: readonly Grant[]): Change[] {
  return [
    ...found
      .filter((grant) => !wanted.some((other) => same(grant, other)))
      .map(({ grantee: to, privilege }) => ({
        because: `${object}: ${to} has ${privilege}`,
        statement: `revoke ${privilege.toLowerCase()} on ${object} from ${to} cascade`,
      })),
    ...wanted
      .filter((grant) => !found.some((other) => same(grant, other)))
      .map(({ grantee: to, privilege }) => ({
        because: `${object}: ${to} lacks ${privilege}`,
        statement: `grant ${privilege.toLowerCase()} on ${object} to ${to}`,
      })),
  ];
}
