import type { ClaimType } from "../language/claims-schema.ts";
import { literal } from "./sql.ts";

/**
 * Schema of the keys and of the functions that verify claims. Readers may call the typed functions and read no table.
 */
export const lockSchema = "homeroom";
export const keyTable = `${lockSchema}.claim_keys`;
/** The setting that holds a transaction's signed claims; the row policies read it through homeroom.claims() alone. */
export const claimsSetting = "homeroom.claims";

export interface LockFunction {
  readonly name: string;
  readonly argument: "" | "text";
  readonly returns: string;
  /** Whether readers may call the function. It then runs as its owner, the only role that can read the keys. */
  readonly forReaders: boolean;
  readonly body: string;
}

/**
 * Verifies the signed claims on every call and stores nothing that a session could change. Signed claims are valid for
 * one transaction of one backend, because now() differs in the next: a copy read from pg_stat_activity cannot be used.
 * MACs are compared after one more keyed hash, so that the comparison's duration reveals nothing about them.
 */
const claimsFunction: LockFunction = {
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

const typedClaimFunction = (name: string, returns: string, value: string): LockFunction => ({
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

const castStringSql = (pattern: string, cast: string): string =>
  `if jsonb_typeof(value) = 'string' and value #>> '{}' ~ ${literal(pattern)} then return (value #>> '{}')::${cast}; end if;`;

const castArraySql = (kind: "number" | "string", pattern: string, element: string): string =>
  `
  if jsonb_typeof(value) = 'array' then
    if not exists (select from jsonb_array_elements(value) e where jsonb_typeof(e) <> ${literal(kind)} or e #>> '{}' !~ ${literal(pattern)}) then
      return (select array_agg((e #>> '{}')::${element}) from jsonb_array_elements(value) e);
    end if;
  end if;`.trim();

const integerPattern = "^-?[0-9]{1,18}$";
const uuidPattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$";

/**
 * The function that reads a claim of each type. A claim that is missing or of another type is null, which matches no
 * row.
 */
const claimFunctionByType: Readonly<Record<ClaimType, LockFunction>> = {
  text: typedClaimFunction("claim_text", "text", castStringSql("^.+$", "text")),
  integer: typedClaimFunction(
    "claim_integer",
    "bigint",
    `if jsonb_typeof(value) = 'number' and value #>> '{}' ~ ${literal(integerPattern)} then return (value #>> '{}')::bigint; end if;`,
  ),
  uuid: typedClaimFunction("claim_uuid", "uuid", castStringSql(uuidPattern, "uuid")),
  date: typedClaimFunction("claim_date", "date", castStringSql("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "date")),
  integer_set: typedClaimFunction("claim_integers", "bigint[]", castArraySql("number", integerPattern, "bigint")),
  text_set: typedClaimFunction("claim_texts", "text[]", castArraySql("string", "^.+$", "text")),
  uuid_set: typedClaimFunction("claim_uuids", "uuid[]", castArraySql("string", uuidPattern, "uuid")),
};

export const lockFunctions: readonly LockFunction[] = [claimsFunction, ...Object.values(claimFunctionByType)];

/**
 * Returns the SQL expression that reads a claim. The sub-select makes PostgreSQL verify once a query instead of once a
 * row; without the cast, ANY would read the sub-select as a set of rows.
 */
export function claimSql(claim: string, type: ClaimType): string {
  const { name, returns } = claimFunctionByType[type];
  return `(select ${lockSchema}.${name}(${literal(claim)}))::${returns}`;
}

export const signature = ({ name, argument }: LockFunction): string => `${lockSchema}.${name}(${argument})`;

/**
 * Returns the statement that creates a function. It is PARALLEL RESTRICTED, because a parallel worker is another
 * backend.
 */
export function functionSql(lock: LockFunction): string {
  return [
    `create or replace function ${signature(lock)} returns ${lock.returns}`,
    "language plpgsql stable strict parallel restricted",
    ...(lock.forReaders ? ["security definer"] : []),
    `set search_path = pg_catalog, pg_temp as $homeroom$${lock.body}\n$homeroom$`,
  ].join(" ");
}
