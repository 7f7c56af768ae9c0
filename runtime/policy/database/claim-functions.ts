import type { ClaimType } from "../language/claims-schema.ts";
import { literal } from "./sql.ts";

/** Schema of the keys and of the functions that verify. Readers may call the typed functions and read nothing. */
export const lockSchema = "homeroom";
export const keyTable = `${lockSchema}.claim_keys`;
/** The setting that holds a transaction's signed claims; the row policies read it through homeroom.claims() alone. */
export const claimsSetting = "homeroom.claims";

export interface LockFunction {
  readonly name: string;
  readonly argument: "" | "text";
  readonly returns: string;
  /** Readers may call it; it then runs as the owner, who alone reads the keys. */
  readonly forReaders: boolean;
  readonly body: string;
}

/**
 * Verifies on every call and keeps nothing that a session could change. The text holds for one transaction of one
 * backend, because now() is another in the next: what pg_stat_activity shows of it is of no use anywhere else.
 * MACs are compared after one more keyed hash, so that the time it takes tells nothing of them.
 */
const claims: LockFunction = {
  name: "claims",
  argument: "",
  returns: "jsonb",
  forReaders: false,
  body: `
declare
  signed text := current_setting(${literal(claimsSetting)}, true);
  named text := split_part(signed, '.', 2);
  given text := split_part(signed, '.', 3);
  payload text := substr(signed, length(named) + length(given) + 6);
  pads record;
  expected text;
  content jsonb;
begin
  if signed is null or signed = '' then
    return null;
  end if;
  select k.inner_pad, k.outer_pad into pads from ${keyTable} k where k.kid = named;
  if not found or split_part(signed, '.', 1) <> 'v1' then
    raise insufficient_privilege using message = 'homeroom: claims refused, this database has no such key';
  end if;
  expected := encode(sha256(pads.outer_pad || sha256(pads.inner_pad || convert_to(payload, 'UTF8'))), 'hex');
  if sha256(pads.outer_pad || convert_to(given, 'UTF8')) <> sha256(pads.outer_pad || convert_to(expected, 'UTF8')) then
    raise insufficient_privilege using message = 'homeroom: claims refused, the signature is wrong';
  end if;
  content := payload::jsonb;
  if content ->> 'database' is distinct from current_database()::text
    or content ->> 'pid' is distinct from pg_backend_pid()::text
    or content ->> 'began' is distinct from (extract(epoch from now()) * 1000000)::bigint::text then
    raise insufficient_privilege using message = 'homeroom: claims refused, they were signed for another transaction';
  end if;
  return content -> 'claims';
end`,
};

const typed = (name: string, returns: string, value: string): LockFunction => ({
  name,
  argument: "text",
  returns,
  forReaders: true,
  body: `
declare
  value jsonb := ${lockSchema}.claims() -> $1;
begin
  ${value}
  return null;
end`,
});

const string = (pattern: string, cast: string): string =>
  `if jsonb_typeof(value) = 'string' and value #>> '{}' ~ ${literal(pattern)} then return (value #>> '{}')::${cast}; end if;`;

const set = (kind: "number" | "string", pattern: string, element: string): string =>
  `
  if jsonb_typeof(value) = 'array' then
    if not exists (select from jsonb_array_elements(value) e where jsonb_typeof(e) <> ${literal(kind)} or e #>> '{}' !~ ${literal(pattern)}) then
      return (select array_agg((e #>> '{}')::${element}) from jsonb_array_elements(value) e);
    end if;
  end if;`.trim();

const integer = "^-?[0-9]{1,18}$";

/** A claim that is missing or of another type is null, and null shows no row. */
const byType: Readonly<Record<ClaimType, LockFunction>> = {
  text: typed("claim_text", "text", string("^.+$", "text")),
  integer: typed(
    "claim_integer",
    "bigint",
    `if jsonb_typeof(value) = 'number' and value #>> '{}' ~ ${literal(integer)} then return (value #>> '{}')::bigint; end if;`,
  ),
  uuid: typed("claim_uuid", "uuid", string("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", "uuid")),
  date: typed("claim_date", "date", string("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "date")),
  integer_set: typed("claim_integers", "bigint[]", set("number", integer, "bigint")),
  text_set: typed("claim_texts", "text[]", set("string", "^.+$", "text")),
};

export const lockFunctions: readonly LockFunction[] = [claims, ...Object.values(byType)];

/** In a sub-select, so that PostgreSQL verifies once a query rather than once a row; cast, else ANY reads rows of it. */
export function claimSql(claim: string, type: ClaimType): string {
  const { name, returns } = byType[type];
  return `(select ${lockSchema}.${name}(${literal(claim)}))::${returns}`;
}

export const signature = ({ name, argument }: LockFunction): string => `${lockSchema}.${name}(${argument})`;

/** PARALLEL RESTRICTED: a worker is another backend, so only the leader may verify. */
export function functionSql(lock: LockFunction): string {
  return [
    `create or replace function ${signature(lock)} returns ${lock.returns}`,
    "language plpgsql stable strict parallel restricted",
    ...(lock.forReaders ? ["security definer"] : []),
    `set search_path = pg_catalog, pg_temp as $homeroom$${lock.body}\n$homeroom$`,
  ].join(" ");
}
