import { keyTable } from "./claim-functions.ts";
import type { ClaimsKey } from "./claims-key.ts";
import { literal } from "./sql.ts";
import type { Change } from "./change.ts";
import type { SqlClient } from "./session.ts";

export async function keyChanges(client: SqlClient, keys: readonly ClaimsKey[]): Promise<Change[]> {
  const exists = await client.query<{ exists: boolean }>("select to_regclass($1) is not null as exists", [keyTable]);
  const { rows } = exists.rows[0]?.exists
    ? await client.query<{ kid: string; inner_pad: Buffer; outer_pad: Buffer }>(
        `select * from ${keyTable} order by kid`,
      )
    : { rows: [] };
  const gone = rows.filter(({ kid }) => !keys.some((key) => key.kid === kid));
  const missing = keys.filter(
    (key) =>
      !rows.some(
        (row) => row.kid === key.kid && row.inner_pad.equals(key.innerPad) && row.outer_pad.equals(key.outerPad),
      ),
  );
  return [
    ...missing.map(({ kid, innerPad, outerPad }) => ({
      because: `claims key ${kid}: is not accepted yet`,
      statement: `insert into ${keyTable} values (${literal(kid)}, $1, $2) on conflict (kid) do update set inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad`,
      values: [innerPad, outerPad],
    })),
    ...gone.map(({ kid }) => ({
      because: `claims key ${kid}: is accepted still`,
      statement: `delete from ${keyTable} where kid = ${literal(kid)}`,
    })),
  ];
}
