import { functionSql, type LockFunction, lockFunctions, lockSchema, signature } from "./claim-functions.ts";
import { quoted } from "./sql.ts";
import { type Change, ownerSql } from "./change.ts";
import { type Grant, grantee, grantChanges } from "./grants.ts";
import { owner, reader } from "./roles.ts";
import type { SqlClient } from "./session.ts";

interface FoundFunction {
  readonly signature: string;
  /** Whether language, volatility and the other attributes are those that functionSql() writes. */
  readonly attributesMatch: boolean;
  readonly body: string;
  readonly returns: string;
  readonly definer: boolean;
  readonly owner: string;
  readonly grants: readonly Grant[];
}

const functionsSql = `select format('%I.%I(%s)', $1::text, p.proname, oidvectortypes(p.proargtypes)) as signature,
    pg_get_userbyid(p.proowner) as owner,
    p.prosrc as body, format_type(p.prorettype, null) as returns, p.prosecdef as definer,
    p.prokind = 'f' and p.provolatile = 's' and p.proparallel = 'r' and p.proisstrict and not p.proleakproof and not p.proretset
      and p.proconfig = array['search_path=pg_catalog, pg_temp'] and l.lanname = 'plpgsql' as "attributesMatch",
    (select coalesce(json_agg(json_build_object('grantee', ${grantee("a")}, 'privilege', a.privilege_type)), '[]')
     from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee <> p.proowner) as grants
  from pg_proc p join pg_language l on l.oid = p.prolang join pg_namespace n on n.oid = p.pronamespace
  where n.nspname = $1 order by 1`;

export async function functionChanges(client: SqlClient): Promise<Change[]> {
  const { rows } = await client.query<FoundFunction>(functionsSql, [lockSchema]);
  const wanted = new Map(lockFunctions.map((lock) => [signature(lock), lock]));
  const isAsWritten = (lock: LockFunction, found: FoundFunction): boolean =>
    found.attributesMatch &&
    found.body === `${lock.body}\n` &&
    found.returns === lock.returns &&
    found.definer === lock.forReaders;
  const changes: Change[] = rows
    .filter((found) => !wanted.has(found.signature))
    .map((found) => ({
      because: `function ${found.signature}: is none of the lock's`,
      statement: `drop function ${found.signature}`,
    }));
  for (const [name, lock] of wanted) {
    const found = rows.find((row) => row.signature === name);
    if (found === undefined || !isAsWritten(lock, found)) {
      changes.push({
        because: `function ${name}: ${found === undefined ? "is missing" : "is not as written"}`,
        statement: `${functionSql(lock)}; ${ownerSql("function", name)}`,
      });
    } else if (found.owner !== owner) {
      changes.push({
        because: `function ${name}: runs with the rights of ${found.owner}`,
        statement: ownerSql("function", name),
      });
    }
    const defaultGrants: Grant[] = [{ grantee: "public", privilege: "EXECUTE" }];
    const wantedGrants: Grant[] = lock.forReaders ? [{ grantee: quoted(reader), privilege: "EXECUTE" }] : [];
    changes.push(...grantChanges(`function ${name}`, found?.grants ?? defaultGrants, wantedGrants));
  }
  return changes;
}
